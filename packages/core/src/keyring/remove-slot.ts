import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { ChangeFacts } from './control-session.ts';
import { approvalRequired } from './kms/approvals.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { checkMembers } from './kms/request.ts';
import { requireSlotsLeft } from './require-slots-left.ts';
import { authoriseSlotChange, namedSlot, requireNoRotation } from './slot-change.ts';

export interface RemoveSlotRequest {
  readonly slotId: string;
}

/** A slot that is gone from the store, and from no copy of it. */
export interface RemovedSlot {
  readonly slotId: string;
  /**
   * Never: a backup holds the slot, its root opens it there, and the root key in it is the one in use. Where
   * somebody may have both, replace the root key.
   */
  readonly revoked: false;
  /** What would end the use of what the root opens. */
  readonly toRevoke: 'rotateRootKey';
}

/** Takes a slot out of the store. */
export type RemoveSlot = (request: RemoveSlotRequest) => Promise<RemovedSlot>;

const ACTION = 'RemoveSlot';

/**
 * What it comes to, by one person or by two.
 * @throws `ERR_REQUEST_INVALID`, `ERR_ACCESS_DENIED`, `ERR_APPROVAL_REQUIRED`, `ERR_ROTATION_CONFLICT`,
 * `ERR_SLOT_REQUIRED`
 */
export function removeSlotEdit(
  parts: Pick<KmsParts, 'access' | 'approvals'>,
  change: {
    readonly snapshot: ControlSnapshot;
    readonly request: RemoveSlotRequest;
    readonly approved: boolean;
  },
): {
  readonly put: readonly ControlRow[];
  readonly remove: readonly ControlRow[];
  readonly audit: readonly ChangeFacts[];
} {
  const { snapshot, request, approved } = change;
  checkMembers(request, ['slotId']);
  const factsOf = authoriseSlotChange(parts, snapshot, ACTION);
  const slot = namedSlot(snapshot, request.slotId);
  requireNoRotation(snapshot);
  const left = snapshot.slots.filter(({ id }) => id !== slot.id);
  requireSlotsLeft(snapshot.slots, left);
  if (parts.approvals.required && !approved) throw approvalRequired('*', ACTION);
  return { put: [], remove: [slot.row], audit: factsOf(slot) };
}

export function createRemoveSlot(parts: KmsParts): RemoveSlot {
  return async (request) => {
    await parts.control.change((snapshot) =>
      removeSlotEdit(parts, { snapshot, request, approved: false }),
    );
    return { slotId: request.slotId, revoked: false, toRevoke: 'rotateRootKey' };
  };
}
