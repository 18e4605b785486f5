import { controlRowName } from '../keys/control-snapshot.ts';
import type { ControlChange, ControlRow, ControlState, KeyStore } from '../keys/key-store.ts';
import { readSlotLine } from '../keys/slot-line.ts';

const isSlot = ({ table }: ControlRow): boolean => table === 'slot';

/** A change that also puts back what the table lost. */
function withLost(change: ControlChange, lost: readonly ControlRow[]): ControlChange {
  const { put, add = [], remove } = change;
  const removed = new Set(remove.map(controlRowName));
  const changed = put.filter(isSlot);
  const names = new Set(changed.map(controlRowName));
  const same = lost.filter((row) => !names.has(controlRowName(row)));
  const back = [...changed, ...same].filter((row) => !removed.has(controlRowName(row)));
  return {
    ...change,
    put: put.filter((row) => !isSlot(row)),
    add: [...add, ...back],
    remove: remove.filter((row) => !isSlot(row)),
  };
}

/**
 * The store, with the slots of a backup where it has none at all. Nothing of them is believed for that: MACs
 * and head are verified as for rows of the store, so that they have to be the slots that it had last.
 *
 * @throws `ERR_STORE_INTEGRITY` for a line that is no slot
 */
export function storeWithSlots(store: KeyStore, lines: readonly string[] | undefined): KeyStore {
  if (lines === undefined) return store;
  const backup = lines.map(readSlotLine);
  let isLost = false;

  async function readControl(): Promise<ControlState | null> {
    const state = await store.readControl();
    isLost = state !== null && !state.rows.some(isSlot);
    return state === null || !isLost ? state : { ...state, rows: [...state.rows, ...backup] };
  }
  const writeControl = (change: ControlChange): Promise<boolean> =>
    store.writeControl(isLost ? withLost(change, backup) : change);

  const own: Readonly<Record<PropertyKey, unknown>> = { readControl, writeControl };
  // over nothing: a proxy of a frozen object may give back its own methods only
  return new Proxy({} as KeyStore, {
    has: (_nothing, name) => name in store,
    get(_nothing, name) {
      const value: unknown = Object.hasOwn(own, name) ? own[name] : Reflect.get(store, name);
      return typeof value === 'function' ? value.bind(store) : value;
    },
  });
}
