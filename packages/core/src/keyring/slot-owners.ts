import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, SlotRecord } from '../keys/control-snapshot.ts';
import type { Root } from '../keys/root.ts';
import type { Primitives } from './primitives.ts';
import { newestGeneration } from './root-rotation.ts';
import { openSlot } from './root-slot.ts';

/** What tells which slot is whose: every root is asked to open those of its kind. */
export interface SlotOpeners {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly roots: readonly Root[];
}

/** The slot that each root opens, if any. */
export async function slotOwners(
  { primitives, environment, roots }: SlotOpeners,
  slots: readonly SlotRecord[],
): Promise<ReadonlyMap<Root, SlotRecord | undefined>> {
  const owners = new Map<Root, SlotRecord | undefined>();
  for (const root of roots) {
    let mine: SlotRecord | undefined;
    for (const slot of slots.filter(({ kind }) => kind === root.kind)) {
      const opened = await openSlot(primitives, root, slot, environment);
      opened?.destroy();
      if (opened !== null) mine = slot;
    }
    owners.set(root, mine);
  }
  return owners;
}

/**
 * That a rotation which is under way leaves out certain slots: every new one is opened by a root here that has
 * none of them. Nothing says what whoever began it was asked for, and a root that was to lose the store
 * would keep it.
 *
 * @throws `ERR_ROTATION_CONFLICT`
 */
export async function requireLeftOut(
  openers: SlotOpeners,
  snapshot: ControlSnapshot,
  leaveOut: readonly string[],
): Promise<void> {
  const generation = newestGeneration(snapshot);
  const isNew = ({ rootGeneration }: SlotRecord): boolean => rootGeneration === generation;
  const old = snapshot.slots.filter((slot) => !isNew(slot));
  const isReplaced = leaveOut.every((id) => old.some((slot) => slot.id === id));
  const before = await slotOwners(openers, old);
  const after = await slotOwners(openers, snapshot.slots.filter(isNew));
  const rightful = new Set(
    [...after]
      .filter(([root]) => !leaveOut.includes(before.get(root)?.id ?? ''))
      .map(([, slot]) => slot),
  );
  if (isReplaced && snapshot.slots.filter(isNew).every((slot) => rightful.has(slot))) return;
  const message =
    'A rotation of the root key is under way that does not leave out these slots: end it, then begin another';
  throw new FieldsealError('ERR_ROTATION_CONFLICT', message, { reason: 'ROOT_KEY' });
}
