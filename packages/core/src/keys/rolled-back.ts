import { FieldsealError } from '../errors/fieldseal-error.ts';

/** @param epoch - Of the store as it is */
export function rolledBack(epoch: bigint): FieldsealError {
  return new FieldsealError(
    'ERR_STORE_ROLLED_BACK',
    'The store is older than what was seen of it before',
    { epoch },
  );
}
