import { invalidOption } from './invalid-option.ts';
import { checkPace, type PaceOptions } from './pace.ts';

/** How pages are read and written, by whoever does it. */
export interface PageOptions extends PaceOptions {
  readonly batchSize?: number;
  readonly maxReplicaLagBytes?: number;
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkPageOptions(options: PageOptions): void {
  const { batchSize = 500, maxReplicaLagBytes = 1 } = options;
  const isWhole = Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 10_000;
  if (!isWhole) throw invalidOption('batchSize', 'Must be a whole number from 1 to 10,000');
  checkPace(options);
  if (!(maxReplicaLagBytes >= 1)) throw invalidOption('maxReplicaLagBytes', 'Must be 1 or more');
}
