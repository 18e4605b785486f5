import type { PaceOptions } from '../engine/pace.ts';

/** How whoever started the job wants it to be worked on. */
export interface ShardSettings extends PaceOptions {
  readonly batchSize?: number;
  readonly maxReplicaLagBytes?: number;
  readonly skipTriggers?: readonly string[];
}

const NAMES = [
  'batchSize',
  'batchMs',
  'load',
  'rowsPerSecond',
  'maxReplicaLagBytes',
  'skipTriggers',
] as const satisfies readonly (keyof ShardSettings)[];

/**
 * Takes what was given out of the options of a job, or out of a message: whoever can write to the queue
 * has a say in these, and in nothing else.
 */
export function shardSettings(from: ShardSettings): ShardSettings {
  const given = NAMES.filter((name) => from[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, from[name]]));
}
