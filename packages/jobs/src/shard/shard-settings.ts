import type { PageOptions } from '../engine/check-page-options.ts';

/** How whoever started the job wants it to be worked on. */
export interface ShardSettings extends PageOptions {
  /**
   * What a worker has to have been started with itself: a message lets no trigger be skipped, it only says
   * that a worker that skips others is not the one to do it.
   */
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

/** Takes what was given out of the options of a job, or out of a message, where it may be anything. */
export function shardSettings(
  from: { readonly [Name in keyof ShardSettings]: unknown },
): ShardSettings {
  const given = NAMES.filter((name) => from[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, from[name]]));
}
