export type { AuditAnchor } from './audit/audit-anchor.ts';
export type { AuditPoint } from './audit/audit-chain.ts';
export { auditLine, type PlainAuditRow, parseAuditLine } from './audit/audit-line.ts';
export type { AuditOptions } from './audit/audit-options.ts';
export type {
  AuditChainReport,
  AuditFinding,
  AuditFindingKind,
  AuditReport,
} from './audit/audit-report.ts';
export type { AuditSink } from './audit/audit-sink.ts';
export { type AuditSource, auditSource, exportAudit } from './audit/audit-source.ts';
export { type EvidenceSignature, isEvidence } from './audit/evidence.ts';
export { type AuditLogger, loggerSink } from './audit/logger-sink.ts';
export type { AuditDetail } from './audit/use-buffer.ts';
export { type VerifyAuditOptions, verifyAudit } from './audit/verify-audit.ts';
export type { Rows } from './audit/verify-chain.ts';
export type { KeyCacheCounters } from './cache/cached-keys.ts';
export { type Clock, systemClock } from './cache/clock.ts';
export { type CellDescription, describeCell } from './cell/describe-cell.ts';
export { isExactPlainText } from './cell/fits-old-column.ts';
export { parsePlainText, plainTextOf, startsAsCell } from './cell/plain-text.ts';
export type { ValueType } from './cell/value-type.ts';
export type { AeadKey, Engine, MacKey, RandomSource } from './cipher/engine.ts';
export type { Suite } from './cipher/suite.ts';
export { awsName } from './errors/aws-name.ts';
export type { ErrorCode } from './errors/error-code.ts';
export { type ErrorMeta, FieldsealError } from './errors/fieldseal-error.ts';
export { createFieldCodec, type FieldCodecOptions } from './field/create-field-codec.ts';
export type {
  FieldCall,
  FieldCodec,
  LookupOp,
  OpenGroup,
  PredicateShape,
  SealedModel,
  SealOp,
} from './field/field-codec.ts';
export type { LegacyReader } from './field/legacy-reader.ts';
export type { Likeness } from './field/likeness.ts';
export { checkScopeSpelling, scopeText } from './field/scope-text.ts';
export { currentScope, withScope } from './field/with-scope.ts';
export { NORMALIZER_NAMES, type Normalizer } from './index/normalizer.ts';
export type { PartField, PartFunction } from './index/part-function.ts';
export type { PlainPredicate } from './index/plain-predicate.ts';
export type { Predicate, PredicateOperator } from './index/predicate.ts';
export { normalizerId, whyNoNormalizer } from './index/written-normalizer.ts';
export {
  type AcceptedRestore,
  type AcceptRestoreOptions,
  acceptRestoredStore,
  proposeRestore,
} from './keyring/accept-restored-store.ts';
export type { AddedSlot, AddSlotRequest } from './keyring/add-slot.ts';
export type { DataKeyDescription } from './keyring/data-key-book.ts';
export type { SlotDescription } from './keyring/describe-slot.ts';
export type { SlotBackup } from './keyring/export-slots.ts';
export { initKeyStore } from './keyring/init-key-store.ts';
export type { JobRight } from './keyring/job-right.ts';
export type { RegistryEntry, Scope } from './keyring/key-door.ts';
export type {
  KeyDescription,
  Keyring,
  KeyringCounters,
} from './keyring/keyring.ts';
export type { KeyringAudit } from './keyring/keyring-audit.ts';
export type { KeyringHealth } from './keyring/keyring-health.ts';
export type {
  CacheOptions,
  InitKeyStoreOptions,
  KeyringOptions,
  StoreOptions,
} from './keyring/keyring-options.ts';
export type { AliasListEntry, KeyAliases } from './keyring/kms/aliases.ts';
export type { CountCells } from './keyring/kms/count-cells.ts';
export type { Kms } from './keyring/kms/create-kms.ts';
export type { Cryptography, DataKeyRequest, ReEncryptRequest } from './keyring/kms/cryptography.ts';
export type { EncryptionContext } from './keyring/kms/encryption-context.ts';
export type { ExplainAccess, ExplainAccessRequest } from './keyring/kms/explain-access.ts';
export type { ExplainedRequest } from './keyring/kms/explained-request.ts';
export type { CreateGrantRequest, GrantListEntry, KeyGrants } from './keyring/kms/grants.ts';
export type { ImportMaterial } from './keyring/kms/import-material.ts';
export type { CreateKeyRequest, KeyLifecycle } from './keyring/kms/key-lifecycle.ts';
export type { KeyMetadata, KeySpec, KeyUsage, MacAlgorithm } from './keyring/kms/key-metadata.ts';
export type { KeyPolicies } from './keyring/kms/key-policies.ts';
export type { EndKeyVersionRequest, KeyVersions, OneVersion } from './keyring/kms/key-versions.ts';
export type { KeyLastUsage, KeyLastUsageData } from './keyring/kms/last-usage.ts';
export type { DueReport } from './keyring/kms/maintenance.ts';
export type { MessageAuthentication } from './keyring/kms/message-authentication.ts';
export type { PageEnd, PageRequest } from './keyring/kms/page.ts';
export type { AccessOptions } from './keyring/kms/policy-book.ts';
export type { KeyRotation } from './keyring/kms/rotation.ts';
export type { RotationListEntry } from './keyring/kms/rotation-list.ts';
export type {
  NotShredded,
  Shredding,
  ShredListEntry,
  ShredRequest,
  ShredResult,
} from './keyring/kms/shred.ts';
export type { KeyTags, Tag } from './keyring/kms/tags.ts';
export type { MaintenanceOptions } from './keyring/kms/upkeep.ts';
export type {
  RetireKeyVersionRequest,
  RetireKeyVersionResponse,
  VersionRetirement,
} from './keyring/kms/version-retirement.ts';
export { openKeyring } from './keyring/open-keyring.ts';
export { SEAL_LEASE_MS } from './keyring/reach.ts';
export type { RemovedSlot, RemoveSlotRequest } from './keyring/remove-slot.ts';
export type { ProposedRestore, RestoreApproval } from './keyring/restore-approval.ts';
export type { RewrapPage, RewrapRequest } from './keyring/rewrap-data-keys.ts';
export type { RewrapRootKeyRequest } from './keyring/rewrap-root-key.ts';
export type { RootKeyRotation } from './keyring/root-rotation.ts';
export type { RotateRootKeyRequest } from './keyring/root-rotation-steps.ts';
export type { RowsEntry } from './keyring/rows-entry.ts';
export type { TestSlotRequest } from './keyring/test-slot.ts';
export { createDevelopmentRoot, type DevelopmentRootOptions } from './keys/development-root.ts';
export type { FieldPhase } from './keys/field-phase.ts';
export type { IndexState } from './keys/index-state.ts';
export type { KeyOperation, KeyState } from './keys/key-states.ts';
export type {
  AuditPage,
  AuditRow,
  CheckpointRow,
  ControlChange,
  ControlRow,
  ControlState,
  DataKeyRow,
  IndexKeyRow,
  KeyInsert,
  KeyPage,
  KeyReplacement,
  KeyRow,
  KeySelector,
  KeyStore,
  StoredRow,
  StoreHead,
} from './keys/key-store.ts';
export { createMemoryStore } from './keys/memory-store.ts';
export {
  AUDIT_TABLES,
  type AuditTable,
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
export { checkTable, type TableColumn, type TableFacts } from './manifest/check-table.ts';
export { largestValue, shortestColumn } from './manifest/column-length.ts';
export { defaultFieldId, defaultIndexId } from './manifest/default-ids.ts';
export type {
  IndexKind,
  Manifest,
  ManifestField,
  ManifestIndex,
  ManifestKeyColumn,
  ManifestModel,
  ManifestOldColumn,
  ManifestScopeColumn,
  ManifestTokenIndex,
  OldColumnType,
  RowKeyType,
} from './manifest/manifest.ts';
export { oldColumnTypes } from './manifest/old-column.ts';
export { oldColumnText } from './manifest/old-column-text.ts';
export { parseManifest } from './manifest/parse-manifest.ts';
export { type KeyColumnFacts, manifestKey, whyNotRowBound } from './manifest/row-binding.ts';
export { manifestScopes } from './manifest/scope-columns.ts';
export type { AccessPrincipal } from './policy/access-request.ts';
export { checkGrant } from './policy/check-grant.ts';
export { checkPolicy, type PolicyOptions } from './policy/compile-policy.ts';
export type { GrantConstraints, GrantTerms } from './policy/grant.ts';
export type { PolicyKind } from './policy/parse-statement.ts';
export type { PolicyAction } from './policy/policy-action.ts';
export type {
  OneOrMore,
  PolicyConditionValue,
  PolicyDocument,
  PolicyPrincipal,
  PolicyStatement,
} from './policy/policy-document.ts';
export type { PolicyRole } from './policy/policy-role.ts';
export {
  createIdentityPolicy,
  createKeyPolicy,
  type KeyPolicyRoles,
} from './policy/policy-template.ts';
