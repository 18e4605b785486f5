import type {
  FieldJobOptions,
  JobReport,
  RotateIndexOptions,
  WorkersOptions,
} from '@fieldseal/jobs';
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../output/exit-code.ts';
import { createProgress } from '../output/progress.ts';
import { wholeNumber } from './arguments.ts';
import { type CommandContext, jobOptions, type Opened, withKeyring } from './context.ts';
import { addPaceFlags, type PaceFlags, paceOptions } from './pace-flags.ts';
import { showEstimate } from './show-estimate.ts';
import { showProblems } from './show-problems.ts';
import { withExamples } from './with-examples.ts';

interface JobFlags extends PaceFlags {
  readonly dryRun?: boolean;
  readonly workers?: number;
  readonly hear?: number;
}

/** A job as the command line has it. */
export interface JobCommand {
  readonly name: string;
  readonly description: string;
  run(options: FieldJobOptions & Pick<RotateIndexOptions, 'hearSeconds'>): Promise<JobReport>;
  /** Whether it takes `--hear`: how long other processes are given. */
  readonly takesHear?: boolean;
  /** Command lines, without `fieldseal`. */
  readonly examples: readonly string[];
  /** What to do when the job is done. */
  next(field: string): string;
}

/** Adds a command that runs one job on one field. */
export function addJobCommand(parent: Command, context: CommandContext, command: JobCommand): void {
  const added = parent
    .command(command.name)
    .description(command.description)
    .argument('<field>', 'Model.field');
  addPaceFlags(added)
    .option('--dry-run', 'look at every row, write nothing')
    .option('--workers <threads>', 'share the work; 0 leaves it to "jobs work"', threadCount)
    .action((field: string, flags: JobFlags) =>
      withKeyring(context, (opened) => runJob(context, opened, command, field, flags)),
    );
  withExamples(added, ...command.examples);
  if (command.takesHear !== true) return;
  const most = 'how long a process may go on without the key store; 920 is enough for any';
  added.option('--hear <seconds>', most, wholeNumber);
}

async function runJob(
  context: CommandContext,
  opened: Opened,
  command: JobCommand,
  field: string,
  flags: JobFlags,
): Promise<void> {
  const view = createProgress(context.streams.err);
  const { dryRun, workers, skipTrigger, hear } = flags;
  const report = await command
    .run({
      ...jobOptions(opened),
      field,
      signal: context.signal,
      onProgress: (progress) => view.update(progress),
      ...paceOptions(flags),
      ...(hear === undefined ? {} : { hearSeconds: hear }),
      ...(dryRun === undefined ? {} : { dryRun }),
      ...(workers === undefined ? {} : { workers: threadsOf(context, workers, skipTrigger) }),
    })
    .finally(() => view.end());
  show(opened, command, field, report);
  if (report.state !== 'done') context.exit(EXIT.found);
}

function show({ output }: Opened, command: JobCommand, field: string, report: JobReport): void {
  const { state, phase, jobId, legacy } = report;
  if (output.isJson) {
    output.result({ ...report }, '');
    return;
  }
  const columns = ['step', 'read', 'written', 'problems'];
  output.rows(
    columns,
    report.steps.map((step) => ({ ...step })),
  );
  for (const [reader, count] of Object.entries(legacy)) output.line(`${count} values of ${reader}`);
  showProblems(output, report);
  output.line(`${field}: ${state}, phase ${phase}.`);
  showEstimate(output, report);
  if (state === 'done' && jobId !== null) output.line(command.next(field));
}

function threadsOf(
  { options }: CommandContext,
  threads: number,
  skipTriggers: readonly string[] | undefined,
): WorkersOptions {
  const module = new URL('../job-thread.js', import.meta.url);
  return { threads, module, data: { config: options().config, skipTriggers } };
}

function threadCount(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number from 0 to 64');
}
