import type { FieldJobOptions } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { share, wholeNumber } from './arguments.ts';

/** How much of the database a job takes, and what it is not to touch. */
export interface PaceFlags {
  readonly batchSize?: number;
  readonly load?: number;
  readonly rowsPerSecond?: number;
  readonly batchMs?: number;
  readonly statementTimeout?: number;
  readonly maxReplicaLag?: number;
  readonly patience?: number;
  readonly skipTrigger?: readonly string[];
}

/** The flags that every command has which goes over the rows of a table. */
export function addPaceFlags(command: Command): Command {
  return command
    .option('--batch-size <rows>', 'rows that are written together', wholeNumber)
    .option('--load <share>', 'share of the time in which the job works, such as 0.5', share)
    .option('--rows-per-second <rows>', 'at most so many', wholeNumber)
    .option('--batch-ms <ms>', 'what a batch is to take; its size follows', wholeNumber)
    .option('--statement-timeout <ms>', 'the server gives up what takes longer', wholeNumber)
    .option('--max-replica-lag <bytes>', 'wait for replicas that are further behind', wholeNumber)
    .option('--patience <seconds>', 'how long to wait for a database that is away', wholeNumber)
    .option('--skip-trigger <names...>', 'triggers that are not to fire');
}

type PaceOptions = Pick<
  FieldJobOptions,
  | 'batchSize'
  | 'load'
  | 'rowsPerSecond'
  | 'batchMs'
  | 'statementTimeoutMs'
  | 'maxReplicaLagBytes'
  | 'patienceSeconds'
  | 'skipTriggers'
>;

export function paceOptions(flags: PaceFlags): PaceOptions {
  const { batchSize, load, rowsPerSecond, batchMs } = flags;
  const { statementTimeout, maxReplicaLag, patience, skipTrigger } = flags;
  return {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(load === undefined ? {} : { load }),
    ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
    ...(batchMs === undefined ? {} : { batchMs }),
    ...(statementTimeout === undefined ? {} : { statementTimeoutMs: statementTimeout }),
    ...(maxReplicaLag === undefined ? {} : { maxReplicaLagBytes: maxReplicaLag }),
    ...(patience === undefined ? {} : { patienceSeconds: patience }),
    ...(skipTrigger === undefined ? {} : { skipTriggers: skipTrigger }),
  };
}
