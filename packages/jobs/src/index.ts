export type { JobProblem, ProblemCode } from './engine/job-problem.ts';
export type { JobKind, JobRecord, JobState } from './engine/job-store.ts';
export type { PaceOptions } from './engine/pace.ts';
export type { JobProgress } from './engine/run-pages.ts';
export { controlJob, listJobs } from './job/control-job.ts';
export { decryptBack } from './job/decrypt-back.ts';
export { encryptExisting } from './job/encrypt-existing.ts';
export type { FieldJobOptions, JobReport } from './job/field-job.ts';
export { verifyField } from './job/verify-field.ts';
