import type { ControlRow, KeyRow, KeyStore, Root, StoredRow } from '@fieldseal/core';
import { defaultEngine } from '../../packages/core/src/cipher/default-engine.node.ts';
import {
  controlRowName,
  readSlotsAndStoreKey,
} from '../../packages/core/src/keys/control-snapshot.ts';
import { createStoreSecrets } from '../../packages/core/src/keys/create-store-secrets.ts';
import { createRootKey, type RootKey } from '../../packages/core/src/keys/root-key.ts';
import type { StoreSecrets } from '../../packages/core/src/keys/store-secrets.ts';
import { storeKeyContext } from '../../packages/core/src/keys/wrap-context.ts';

/** Somebody who holds root key and store key: makes rows whose MACs are right. */
export interface Insider {
  readonly rootKey: RootKey;
  readonly secrets: StoreSecrets;
  /** The same row with other columns and a valid MAC. */
  altered<Row extends StoredRow>(row: Row, columns: Row['columns']): Row;
  /** Puts control rows into the store as the administrator of a later release might. */
  put(...rows: readonly ControlRow[]): Promise<void>;
  /** Control rows of one table. */
  rows(table: ControlRow['table']): Promise<readonly ControlRow[]>;
  /** Rewrites a key's row, such as to disable it. */
  setKeyState(keyId: string, state: string): Promise<void>;
}

export async function insiderOf(store: KeyStore, root: Root): Promise<Insider> {
  const engine = defaultEngine();
  const first = await store.readControl();
  if (first === null) throw new RangeError('The store is empty');
  const { storeKey, slots } = readSlotsAndStoreKey(first);
  const slot = slots.find(({ kind }) => kind === root.kind);
  if (slot === undefined) throw new RangeError('The root has no slot');
  const { environment, commitment, rootGeneration } = { ...storeKey, ...slot };
  const context = { slotId: slot.id, environment, rootGeneration, commitment };
  const rootBytes = await root.open(slot, context);
  if (rootBytes === null) throw new RangeError('The root does not open its slot');
  const rootKey = createRootKey(engine, rootBytes, rootGeneration);
  const storeBytes = rootKey.unwrap(storeKey.wrapped, storeKeyContext(storeKey));
  if (storeBytes === null) throw new RangeError('The root key does not open the store key');
  const secrets = createStoreSecrets(engine, storeBytes);

  const altered: Insider['altered'] = (row, columns) => ({
    ...row,
    ...secrets.sealRow(row.table, { ...row.columns, ...columns }),
  });

  const rows: Insider['rows'] = async (table) =>
    (await store.readControl())?.rows.filter((row) => row.table === table) ?? [];

  const put: Insider['put'] = async (...added) => {
    const state = await store.readControl();
    if (state === null) throw new RangeError('The store is empty');
    const name = (row: ControlRow) => controlRowName(row);
    const names = new Set(added.map(name));
    const kept = state.rows.filter((row) => !names.has(name(row)));
    const head = secrets.sealHead(state.head.epoch + 1n, [...kept, ...added]);
    const expectedEpoch = state.head.epoch;
    await store.writeControl({ expectedEpoch, put: added, remove: [], head });
  };

  return {
    rootKey,
    secrets,
    altered,
    put,
    rows,
    async setKeyState(keyId, state) {
      const row = (await rows('key')).find(({ columns }) => columns.id === keyId);
      if (row === undefined) throw new RangeError('There is no such key');
      await put(altered(row, { state }));
    },
  };
}

/** The rows of these ids, as stored. */
export function readDataKeys(
  store: KeyStore,
  ...ids: readonly string[]
): Promise<readonly KeyRow[]> {
  return store.readKeys(
    ids.map((id) => ({ table: 'data_key', id: new Uint8Array(Buffer.from(id, 'latin1')) })),
  );
}
