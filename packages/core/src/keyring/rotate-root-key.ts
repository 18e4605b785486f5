import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { Root } from '../keys/root.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { checkMembers, invalidRequest } from './kms/request.ts';
import { randomBytes } from './primitives.ts';
import {
  authoriseRootRotation,
  newestGeneration,
  type RootKeyRotation,
  rotationProgress,
  rotationState,
} from './root-rotation.ts';
import { createSlot } from './root-slot.ts';
import { slotOwners } from './slot-owners.ts';

export interface RotateRootKeyRequest {
  /**
   * Ids of slots that get no successor: whoever has only their root opens the store no more when the
   * rotation has ended. Takes an approval where there are approvers, which this version has no form for.
   */
  readonly leaveOut?: readonly string[];
}

/** Begins the rotation of the root key. */
export type RotateRootKey = (request?: RotateRootKeyRequest) => Promise<RootKeyRotation>;

const ACTION = 'RotateRootKey';

function conflict(message: string): FieldsealError {
  return new FieldsealError('ERR_ROTATION_CONFLICT', message, { reason: 'ROOT_KEY' });
}

export function createRotateRootKey(options: {
  readonly parts: KmsParts;
  readonly secrets: Pick<StoreSecrets, 'sealRow'>;
  readonly roots: readonly Root[];
}): RotateRootKey {
  const { parts, secrets, roots } = options;
  const { control, approvals, primitives, environment } = parts;

  function requireIdle(snapshot: ControlSnapshot): void {
    if (rotationState(snapshot) === 'done') return;
    throw conflict('A rotation of the root key is under way');
  }

  function checkLeftOut(snapshot: ControlSnapshot, leaveOut: readonly string[]): void {
    const ids = new Set(snapshot.slots.map(({ id }) => id));
    if (!Array.isArray(leaveOut) || !leaveOut.every((id) => ids.has(id))) {
      throw invalidRequest('leaveOut', 'Must be ids of slots of this store');
    }
    if (leaveOut.length > 0 && approvals.required) {
      const message = 'To leave a slot out needs the signature of somebody else';
      throw new FieldsealError('ERR_APPROVAL_REQUIRED', message, { operation: ACTION });
    }
  }

  /** Slots of a new root key: one for each root here, none of the old ones forgotten. */
  async function newSlots(
    snapshot: ControlSnapshot,
    leaveOut: readonly string[],
  ): Promise<readonly ControlRow[]> {
    const owners = await slotOwners({ primitives, environment, roots }, snapshot.slots);
    const owned = [...owners.values()].map((slot) => slot?.id);
    const orphan = snapshot.slots.find(({ id }) => !owned.includes(id) && !leaveOut.includes(id));
    if (orphan !== undefined) {
      const message = `No root here seals for the slot ${orphan.id} anew: configure it or leave it out`;
      throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: orphan.kind });
    }
    const kept = [...owners].filter(
      ([, slot]) => slot === undefined || !leaveOut.includes(slot.id),
    );
    if (kept.length === 0) throw invalidRequest('leaveOut', 'One root has to be left');
    const rootKey = randomBytes(primitives.random, 32);
    try {
      const rows: ControlRow[] = [];
      for (const [root, slot] of kept) {
        const rootGeneration = newestGeneration(snapshot) + 1;
        const label = slot?.label ?? null;
        const made = { root, rootKey, environment, rootGeneration, label, now: parts.time.shared };
        rows.push(await createSlot(primitives, secrets, made));
      }
      return rows;
    } finally {
      rootKey.fill(0);
    }
  }

  return async (request = {}) => {
    checkMembers(request, ['leaveOut']);
    const { leaveOut = [] } = request;
    await control.poll();
    const before = control.snapshot();
    authoriseRootRotation(parts, before, ACTION);
    checkLeftOut(before, leaveOut);
    requireIdle(before);
    const put = await newSlots(before, leaveOut);
    const generation = newestGeneration(before) + 1;
    await control.change((snapshot) => {
      const facts = authoriseRootRotation(parts, snapshot, ACTION);
      requireIdle(snapshot);
      // devices take their time: somebody may have begun and ended a rotation meanwhile
      if (newestGeneration(snapshot) !== generation - 1) {
        throw conflict('The root key was rotated by somebody else meanwhile');
      }
      return { put, audit: facts({ generation, slots: put.length }) };
    });
    return rotationProgress(parts, control.snapshot());
  };
}
