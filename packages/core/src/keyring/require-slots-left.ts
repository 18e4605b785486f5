import { FieldsealError } from '../errors/fieldseal-error.ts';

/** What counts of a slot here. */
interface Way {
  readonly recovery: boolean;
}

/**
 * That a store keeps a way in, and one that does not hang on the machines of the application where it has
 * one: nobody adds a slot to a store that nobody opens.
 * @throws `ERR_SLOT_REQUIRED`
 */
export function requireSlotsLeft(before: readonly Way[], left: readonly Way[]): void {
  const hasRecovery = (slots: readonly Way[]): boolean => slots.some(({ recovery }) => recovery);
  if (left.length === 0) {
    const message = 'It is the last slot: without it nobody would open the store again';
    throw new FieldsealError('ERR_SLOT_REQUIRED', message, { reason: 'LAST_SLOT' });
  }
  if (hasRecovery(before) && !hasRecovery(left)) {
    const message = 'It is the last slot for recovery: add another one first';
    throw new FieldsealError('ERR_SLOT_REQUIRED', message, { reason: 'LAST_RECOVERY_SLOT' });
  }
}
