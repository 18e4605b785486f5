export { type ExamineOptions, examine } from './doctor/examine.ts';
export type { Finding, FindingLevel } from './doctor/finding.ts';
export type { JobProblem, ProblemCode } from './engine/job-problem.ts';
export type { JobKind, JobRecord, JobState } from './engine/job-store.ts';
export type { PaceOptions } from './engine/pace.ts';
export type { JobProgress } from './engine/run-pages.ts';
export { controlJob, listJobs } from './job/control-job.ts';
export { decryptBack } from './job/decrypt-back.ts';
export { encryptExisting } from './job/encrypt-existing.ts';
export type { FieldJobOptions, JobReport } from './job/field-job.ts';
export { verifyField } from './job/verify-field.ts';
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
