import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { Root } from '../keys/root.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { AccessDecision } from '../policy/access-decision.ts';
import type { ChangeFacts } from './control-session.ts';
import { approvalRequired } from './kms/approvals.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { checkMembers, invalidRequest } from './kms/request.ts';
import { randomBytes } from './primitives.ts';
import { requireSlotsLeft } from './require-slots-left.ts';
import {
  authoriseRootRotation,
  newestGeneration,
  type RootRotationRight,
  rotationState,
} from './root-rotation.ts';
import { createSlot } from './root-slot.ts';
import { slotOwners } from './slot-owners.ts';

export interface RotateRootKeyRequest {
  /**
   * Ids of slots that get no successor: whoever has only their root opens the store no more when the
   * rotation has ended. Where there are approvers it takes the signature of one (`proposeChange`).
   */
  readonly leaveOut?: readonly string[];
}

/** Slots of a root key that nothing is under yet. */
export interface NewSlots {
  readonly rows: readonly ControlRow[];
  readonly generation: number;
}

/** What a rotation of the root key is made of, by one person or by two. */
export interface RootRotationSteps {
  /**
   * Whether the caller may begin such a rotation now.
   * @throws `ERR_ROTATION_CONFLICT`, `ERR_REQUEST_INVALID`, `ERR_APPROVAL_REQUIRED`, `ERR_ACCESS_DENIED`
   */
  check(
    snapshot: ControlSnapshot,
    request: RotateRootKeyRequest,
    approved: boolean,
  ): RootRotationRight;
  /**
   * Slots of a new root key: one for each root here, none of the old ones forgotten.
   * @throws `ERR_ROOT_UNAVAILABLE`, `ERR_REQUEST_INVALID`, `ERR_SLOT_REQUIRED`
   */
  newSlots(snapshot: ControlSnapshot, request: RotateRootKeyRequest): Promise<NewSlots>;
  /** The change that publishes them. @throws as `check` */
  publish(
    snapshot: ControlSnapshot,
    change: {
      readonly request: RotateRootKeyRequest;
      readonly slots: NewSlots;
      readonly approved: boolean;
    },
  ): {
    readonly put: readonly ControlRow[];
    readonly audit: readonly ChangeFacts[];
    readonly decision: AccessDecision;
  };
}

const ACTION = 'RotateRootKey';

function conflict(message: string): FieldsealError {
  return new FieldsealError('ERR_ROTATION_CONFLICT', message, { reason: 'ROOT_KEY' });
}

export function createRootRotationSteps(options: {
  readonly parts: Pick<KmsParts, 'access' | 'approvals' | 'primitives' | 'environment' | 'time'>;
  readonly secrets: Pick<StoreSecrets, 'sealRow'>;
  readonly roots: readonly Root[];
}): RootRotationSteps {
  const { parts, secrets, roots } = options;
  const { approvals, primitives, environment } = parts;

  const steps: RootRotationSteps = {
    check(snapshot, request, approved) {
      checkMembers(request, ['leaveOut']);
      const { leaveOut = [] } = request;
      const right = authoriseRootRotation(parts, snapshot, ACTION);
      const ids = new Set(snapshot.slots.map(({ id }) => id));
      if (!Array.isArray(leaveOut) || !leaveOut.every((id) => ids.has(id))) {
        throw invalidRequest('leaveOut', 'Must be ids of slots of this store');
      }
      if (leaveOut.length > 0 && approvals.required && !approved) {
        throw approvalRequired('*', ACTION);
      }
      if (rotationState(snapshot) === 'done') return right;
      throw conflict('A rotation of the root key is under way');
    },

    async newSlots(snapshot, { leaveOut = [] }) {
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
      const ways = kept.map(([{ recovery = false }]) => ({ recovery }));
      requireSlotsLeft(snapshot.slots, ways);
      const rootKey = randomBytes(primitives.random, 32);
      const generation = newestGeneration(snapshot) + 1;
      try {
        const rows: ControlRow[] = [];
        for (const [root, slot] of kept) {
          const label = slot?.label ?? null;
          const now = parts.time.shared;
          const made = { root, rootKey, environment, rootGeneration: generation, label, now };
          rows.push(await createSlot(primitives, secrets, made));
        }
        return { rows, generation };
      } finally {
        rootKey.fill(0);
      }
    },

    publish(snapshot, { request, slots, approved }) {
      const { decision, audit } = steps.check(snapshot, request, approved);
      const { rows, generation } = slots;
      // devices take their time: somebody may have begun and ended a rotation meanwhile
      if (newestGeneration(snapshot) !== generation - 1) {
        throw conflict('The root key was rotated by somebody else meanwhile');
      }
      return { put: rows, audit: audit({ generation, slots: rows.length }), decision };
    },
  };
  return steps;
}
