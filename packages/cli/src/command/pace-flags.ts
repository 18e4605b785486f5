import type { FieldJobOptions } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { share, wholeNumber } from './arguments.ts';

/** How much of the database a job takes, and how long it waits. */
export interface SpeedFlags {
  readonly load?: number;
  readonly rowsPerSecond?: number;
  readonly batchMs?: number;
  readonly statementTimeout?: number;
  readonly patience?: number;
}

/** {@link SpeedFlags}, and what a job on a table is not to touch. */
export interface PaceFlags extends SpeedFlags {
  readonly batchSize?: number;
  readonly maxReplicaLag?: number;
  readonly skipTrigger?: readonly string[];
}

/** The flags of {@link SpeedFlags}. */
export function addSpeedFlags(command: Command): Command {
  return command
    .option('--load <share>', 'share of the time in which the job works, such as 0.5', share)
    .option('--rows-per-second <rows>', 'at most so many', wholeNumber)
    .option('--batch-ms <ms>', 'what a batch is to take; its size follows', wholeNumber)
    .option('--statement-timeout <ms>', 'the server gives up what takes longer', wholeNumber)
    .option('--patience <seconds>', 'how long to wait for a database that is away', wholeNumber);
}

/** The flags that every command has which goes over the rows of a table. */
export function addPaceFlags(command: Command): Command {
  command.option('--batch-size <rows>', 'rows that are written together', wholeNumber);
  return addSpeedFlags(command)
    .option('--max-replica-lag <bytes>', 'wait for replicas that are further behind', wholeNumber)
    .option('--skip-trigger <names...>', 'triggers that are not to fire');
}

type SpeedOptions = Pick<
  FieldJobOptions,
  'load' | 'rowsPerSecond' | 'batchMs' | 'statementTimeoutMs' | 'patienceSeconds'
>;

export function speedOptions(flags: SpeedFlags): SpeedOptions {
  const { load, rowsPerSecond, batchMs, statementTimeout, patience } = flags;
  return {
    ...(load === undefined ? {} : { load }),
    ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
    ...(batchMs === undefined ? {} : { batchMs }),
    ...(statementTimeout === undefined ? {} : { statementTimeoutMs: statementTimeout }),
    ...(patience === undefined ? {} : { patienceSeconds: patience }),
  };
}

type PaceOptions = SpeedOptions &
  Pick<FieldJobOptions, 'batchSize' | 'maxReplicaLagBytes' | 'skipTriggers'>;

export function paceOptions(flags: PaceFlags): PaceOptions {
  const { batchSize, maxReplicaLag, skipTrigger } = flags;
  return {
    ...speedOptions(flags),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(maxReplicaLag === undefined ? {} : { maxReplicaLagBytes: maxReplicaLag }),
    ...(skipTrigger === undefined ? {} : { skipTriggers: skipTrigger }),
  };
}
