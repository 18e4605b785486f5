export type {
  EncryptedDefaults,
  EncryptedOptions,
  IndexKindOptions,
} from './annotation/annotation.ts';
export { Encrypted, type EncryptedDecorator } from './annotation/encrypted.ts';
export { type EncryptedColumns, encryptedColumns } from './annotation/encrypted-columns.ts';
export {
  equality,
  first6,
  type IndexOptions,
  last4,
  part,
  unique,
  year,
} from './annotation/index-kinds.ts';
export { Parameter } from './annotation/parameter.ts';
export { fieldseal } from './install/fieldseal.ts';
export { type FieldsealHelpers, fieldsealOf } from './install/fieldseal-of.ts';
export { type FieldsealSubscriber, fieldsealSubscriber } from './install/fieldseal-subscriber.ts';
export type { FieldsealOptions } from './install/options.ts';
export {
  type SealedPlace,
  sealed,
  type TokenOptions,
  token,
} from './parameter/field-parameter.ts';
