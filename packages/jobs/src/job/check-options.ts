import { invalidOption } from '../engine/invalid-option.ts';
import { checkPace } from '../engine/pace.ts';
import type { FieldJobOptions, JobSteps } from './field-job.ts';
import { checkWorkers } from './with-workers.ts';

/** @throws `ERR_CONFIG_INVALID` */
export function checkOptions(
  options: FieldJobOptions,
  { isShared }: Pick<JobSteps, 'isShared'>,
): void {
  const { batchSize = 500, statementTimeoutMs = 60_000, patienceSeconds = 300 } = options;
  const { maxReplicaLagBytes = 1, workers } = options;
  const isWhole = Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 10_000;
  if (!isWhole) throw invalidOption('batchSize', 'Must be a whole number from 1 to 10,000');
  checkPace(options);
  if (!(statementTimeoutMs >= 100 && statementTimeoutMs <= 3_600_000))
    throw invalidOption('statementTimeoutMs', 'Must be 100 to 3,600,000');
  if (!(patienceSeconds >= 0 && patienceSeconds <= 86_400))
    throw invalidOption('patienceSeconds', 'Must be 0 to 86,400');
  if (!(maxReplicaLagBytes >= 1)) throw invalidOption('maxReplicaLagBytes', 'Must be 1 or more');
  if (workers === undefined) return;
  if (isShared !== true) throw invalidOption('workers', 'A job of this kind runs in one process');
  checkWorkers(workers);
}
