import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, SlotRecord } from '../keys/control-snapshot.ts';
import type { ChangeFacts } from './control-session.ts';
import { changeFacts, type KmsParts } from './kms/kms-parts.ts';
import { invalidRequest } from './kms/request.ts';
import { rotationState } from './root-rotation.ts';

/** What is done with single slots. */
export type SlotAction = 'AddSlot' | 'RemoveSlot' | 'TestSlot';

/**
 * Whether the caller may, and what the audit trail says of it.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`
 */
export function authoriseSlotChange(
  parts: Pick<KmsParts, 'access'>,
  snapshot: ControlSnapshot,
  operation: SlotAction,
): (slot: Pick<SlotRecord, 'id' | 'kind'>) => readonly ChangeFacts[] {
  const decision = parts.access.service(snapshot, { operation });
  return ({ id, kind }) => changeFacts(parts, { operation, decision, details: { slot: id, kind } });
}

/** @throws `ERR_REQUEST_INVALID` */
export function namedSlot({ slots }: ControlSnapshot, slotId: unknown): SlotRecord {
  const slot = slots.find(({ id }) => id === slotId);
  if (slot !== undefined) return slot;
  throw invalidRequest('slotId', 'Must be the id of a slot of this store');
}

/**
 * Slots say how far a rotation of the root key is, so nobody else changes them meanwhile.
 * @throws `ERR_ROTATION_CONFLICT`
 */
export function requireNoRotation(snapshot: ControlSnapshot): void {
  if (rotationState(snapshot) === 'done') return;
  const message = 'A rotation of the root key is under way: end it first';
  throw new FieldsealError('ERR_ROTATION_CONFLICT', message, { reason: 'ROOT_KEY' });
}
