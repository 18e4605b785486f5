import { checkPageOptions } from '../engine/check-page-options.ts';
import { invalidOption } from '../engine/invalid-option.ts';
import { settleMsOf } from '../engine/settle.ts';
import type { FieldJobOptions, JobSteps } from './field-job.ts';
import { checkWorkers } from './with-workers.ts';

/** @throws `ERR_CONFIG_INVALID` */
export function checkOptions(
  options: FieldJobOptions,
  { isShared }: Pick<JobSteps, 'isShared'>,
): void {
  const { workers } = options;
  checkPageOptions(options);
  checkStatementTimeout(options);
  settleMsOf(options);
  checkPatience(options);
  if (workers === undefined) return;
  if (isShared !== true) throw invalidOption('workers', 'A job of this kind runs in one process');
  checkWorkers(workers);
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkStatementTimeout({
  statementTimeoutMs = 60_000,
}: Pick<FieldJobOptions, 'statementTimeoutMs'>): void {
  if (!(statementTimeoutMs >= 100 && statementTimeoutMs <= 3_600_000))
    throw invalidOption('statementTimeoutMs', 'Must be 100 to 3,600,000');
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkPatience({
  patienceSeconds = 300,
}: Pick<FieldJobOptions, 'patienceSeconds'>): void {
  if (!(patienceSeconds >= 0 && patienceSeconds <= 86_400))
    throw invalidOption('patienceSeconds', 'Must be 0 to 86,400');
}
