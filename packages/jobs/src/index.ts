export { type CountCellsOptions, countCells } from './coverage/count-cells.ts';
export { type CoverageOptions, coverage } from './coverage/coverage.ts';
export {
  type CoverageMethod,
  type CoverageReport,
  type DataKeyCoverage,
  type FieldCoverage,
  NOT_SEEN,
  type NotSeen,
  type VersionCoverage,
} from './coverage/coverage-report.ts';
export { type SignedCoverage, signCoverage, verifyCoverage } from './coverage/signed-coverage.ts';
export { type ExamineOptions, examine } from './doctor/examine.ts';
export type { Finding, FindingLevel } from './doctor/finding.ts';
export type { JobProblem, ProblemClass, ProblemCode } from './engine/job-problem.ts';
export type { JobKind, JobRecord, JobState } from './engine/job-store.ts';
export type { PaceOptions } from './engine/pace.ts';
export type { JobProgress } from './engine/run-pages.ts';
export { fieldsOfScope, type ShreddedRows } from './field/fields-of-scope.ts';
export type { Place, RowMove } from './field/row-move.ts';
export { buildIndex } from './job/build-index.ts';
export { controlJob, listJobs } from './job/control-job.ts';
export { decryptBack } from './job/decrypt-back.ts';
export { encryptExisting } from './job/encrypt-existing.ts';
export type { JobEstimate } from './job/estimate-job.ts';
export type { FieldJobOptions, JobReport } from './job/field-job.ts';
export { reEncrypt } from './job/re-encrypt.ts';
export { type RebindOptions, rebindRows } from './job/rebind-rows.ts';
export { type RewrapOptions, type RewrapReport, rewrapDataKeys } from './job/rewrap-data-keys.ts';
export { type RotateIndexOptions, rotateIndex } from './job/rotate-index.ts';
export {
  type RootRotationReport,
  type RotateRootKeyOptions,
  rotateRootKey,
} from './job/rotate-root-key.ts';
export { type ShredRowsOptions, shredRows } from './job/shred-rows.ts';
export { verifyField } from './job/verify-field.ts';
export type { WorkersOptions } from './job/with-workers.ts';
export { type WorkOptions, workOnJobs } from './job/work-on-jobs.ts';
export {
  type IndexLeakage,
  type MeasureIndexesOptions,
  measureIndexes,
} from './leakage/measure-indexes.ts';
export type { LeakageVerdict, TokenSpread } from './leakage/token-spread.ts';
export { fieldMigration } from './migration/field-migration.ts';
export type { ColumnFacts, IndexFacts, MigrationFacts } from './migration/migration-facts.ts';
export {
  type MigrationFile,
  type MigrationFilesOptions,
  migrationFiles,
} from './migration/migration-files.ts';
export type { MigrationPart, MigrationSource, MigrationStep } from './migration/migration-part.ts';
export { type PlanMigrationOptions, planMigration } from './migration/plan-migration.ts';
export { type FieldStatus, fieldStatus, type StatusOptions } from './status/field-status.ts';
export { checkConstraintSql } from './table/check-constraint.ts';
export { dataKeyIndexSql } from './table/data-key-sql.ts';
