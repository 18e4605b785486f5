export type { ValueType } from './cell/value-type.ts';
export type { Suite } from './cipher/suite.ts';
export type { ErrorCode } from './errors/error-code.ts';
export { type ErrorMeta, FieldsealError } from './errors/fieldseal-error.ts';
export type {
  FieldCall,
  FieldCodec,
  LookupOp,
  OpenGroup,
  SealedModel,
  SealOp,
} from './field/field-codec.ts';
export type { Predicate, PredicateOperator } from './index/predicate.ts';
export type { Scope } from './keyring/key-door.ts';
export type {
  ControlChange,
  ControlRow,
  ControlState,
  KeyInsert,
  KeyRow,
  KeySelector,
  KeyStore,
  StoredRow,
  StoreHead,
} from './keys/key-store.ts';
export { createMemoryStore } from './keys/memory-store.ts';
export {
  CONTROL_TABLES,
  type ColumnType,
  type ColumnValue,
  type ControlTable,
  KEY_TABLES,
  type KeyTable,
  RECORD_SCHEMA_VERSION,
  type TableSchema,
} from './keys/record-schema.ts';
export type { EpochAnchor, Root, SealedRoot, SlotContext } from './keys/root.ts';
export type {
  IndexKind,
  Manifest,
  ManifestField,
  ManifestIndex,
  ManifestKeyColumn,
  ManifestModel,
  RowKeyType,
} from './manifest/manifest.ts';
