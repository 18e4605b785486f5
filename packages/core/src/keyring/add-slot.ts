import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { Root } from '../keys/root.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { checkRoot } from './keyring-options.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { boundedText, checkMembers } from './kms/request.ts';
import { openAnySlot } from './open-any-slot.ts';
import { rootFailure } from './root-failure.ts';
import { createSlot } from './root-slot.ts';
import { authoriseSlotChange, requireNoRotation } from './slot-change.ts';
import { slotOwners } from './slot-owners.ts';

export interface AddSlotRequest {
  /** What is to open the store from now on. */
  readonly root: Root;
  /** For people, such as where the device stands: 1 to 256 characters. */
  readonly label?: string;
}

export interface AddedSlot {
  readonly slotId: string;
  /** `false`: the root opened a slot already, and that is it. */
  readonly added: boolean;
}

/** Seals the root key with one more root. */
export type AddSlot = (request: AddSlotRequest) => Promise<AddedSlot>;

const ACTION = 'AddSlot';

export function createAddSlot(options: {
  readonly parts: KmsParts;
  readonly secrets: Pick<StoreSecrets, 'sealRow'>;
  /** Of the keyring: one of them has to give the root key. */
  readonly roots: readonly Root[];
  readonly development: boolean;
  readonly deadlineMs: number;
  readonly observed: (root: Root) => Root;
}): AddSlot {
  const { parts, secrets, roots, development, deadlineMs, observed } = options;
  const { control, primitives, environment, time } = parts;

  /**
   * In memory there is only what was derived from it, so a root is asked again.
   * @returns 32 bytes, to be wiped
   */
  async function openRootKey({ slots, storeKey }: ControlSnapshot): Promise<Uint8Array> {
    const rootKey = await openAnySlot<Uint8Array>({
      primitives,
      environment,
      roots,
      slots: slots.filter((slot) => slot.rootGeneration === storeKey.rootGeneration),
      deadlineMs,
      take: (key) => new Uint8Array(key),
      discard: (late) => void late.fill(0),
    });
    if (rootKey !== null) return rootKey;
    const message = 'None of the roots of this keyring opens a slot: one has to give the root key';
    throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message);
  }

  /** What must not have happened while devices took their time. @throws `ERR_STORE_CONFLICT` */
  function requireSame(before: ControlSnapshot, now: ControlSnapshot, kind: string): void {
    const known = new Set(before.slots.map(({ id }) => id));
    const isRotated = now.storeKey.rootGeneration !== before.storeKey.rootGeneration;
    // it may be of the same root, which would have two then
    if (!isRotated && now.slots.every((slot) => slot.kind !== kind || known.has(slot.id))) return;
    throw new FieldsealError('ERR_STORE_CONFLICT', 'Somebody else changed the slots meanwhile');
  }

  return async (request) => {
    checkMembers(request, ['root', 'label']);
    checkRoot('root', request.root, development);
    const label = request.label === undefined ? null : boundedText('label', request.label, 1, 256);
    await control.poll();
    const before = control.snapshot();
    authoriseSlotChange(parts, before, ACTION);
    requireNoRotation(before);
    const root = observed(request.root);
    const rootGeneration = before.storeKey.rootGeneration;
    try {
      const owned = await slotOwners({ primitives, environment, roots: [root] }, before.slots);
      const slot = owned.get(root);
      if (slot !== undefined) return { slotId: slot.id, added: false };
    } catch (error) {
      throw rootFailure(error);
    }
    const rootKey = await openRootKey(before);
    const place = { root, rootKey, environment, rootGeneration, label, now: time.shared };
    const row = await createSlot(primitives, secrets, place)
      .catch((error: unknown) => {
        throw rootFailure(error);
      })
      .finally(() => rootKey.fill(0));
    const slotId = String(row.columns.id);
    await control.change((snapshot) => {
      const factsOf = authoriseSlotChange(parts, snapshot, ACTION);
      requireNoRotation(snapshot);
      requireSame(before, snapshot, root.kind);
      return { put: [row], audit: factsOf({ id: slotId, kind: root.kind }) };
    });
    return { slotId, added: true };
  };
}
