import {
  decryptBack,
  encryptExisting,
  type FieldJobOptions,
  type JobReport,
  verifyField,
} from '@fieldseal/jobs';
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../output/exit-code.ts';
import { createProgress } from '../output/progress.ts';
import { type CommandContext, codecOptions, type Opened, withKeyring } from './context.ts';

interface JobFlags {
  readonly batchSize?: number;
  readonly load?: number;
  readonly rowsPerSecond?: number;
  readonly skipTrigger?: readonly string[];
  readonly dryRun?: boolean;
}

interface JobCommand {
  readonly name: string;
  readonly description: string;
  run(options: FieldJobOptions): Promise<JobReport>;
  /** What to do when the job is done. */
  next(field: string): string;
}

const COMMANDS: readonly JobCommand[] = [
  {
    name: 'encrypt-existing',
    description: 'turn the plaintext of a column into cells, with the application running',
    run: encryptExisting,
    next: (field) => `Next: fieldseal phase ${field} sealed`,
  },
  {
    name: 'decrypt-back',
    description: 'turn the cells of a column back into plaintext, with the application running',
    run: decryptBack,
    next: (field) => `Next: fieldseal phase ${field} plain`,
  },
  {
    name: 'verify',
    description: 'open every cell of a column and compare every token',
    run: verifyField,
    next: () => 'Every row is what it has to be.',
  },
];

/** `fieldseal encrypt-existing`, `decrypt-back` and `verify`. */
export function addJobCommands(program: Command, context: CommandContext): void {
  for (const command of COMMANDS) {
    program
      .command(command.name)
      .description(command.description)
      .argument('<field>', 'Model.field')
      .option('--batch-size <rows>', 'rows that are written together', wholeNumber)
      .option('--load <share>', 'share of the time in which the job works, such as 0.5', share)
      .option('--rows-per-second <rows>', 'at most so many', wholeNumber)
      .option('--skip-trigger <names...>', 'triggers that are not to fire')
      .option('--dry-run', 'look at every row, write nothing')
      .action((field: string, flags: JobFlags) =>
        withKeyring(context, (opened) => runJob(context, opened, command, field, flags)),
      );
  }
}

async function runJob(
  context: CommandContext,
  opened: Opened,
  command: JobCommand,
  field: string,
  flags: JobFlags,
): Promise<void> {
  const view = createProgress(context.streams.err);
  const { batchSize, load, rowsPerSecond, skipTrigger, dryRun } = flags;
  const report = await command
    .run({
      ...codecOptions(opened),
      field,
      signal: context.signal,
      onProgress: (progress) => view.update(progress),
      ...(batchSize === undefined ? {} : { batchSize }),
      ...(load === undefined ? {} : { load }),
      ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
      ...(skipTrigger === undefined ? {} : { skipTriggers: skipTrigger }),
      ...(dryRun === undefined ? {} : { dryRun }),
    })
    .finally(() => view.end());
  show(opened, command, field, report);
  if (report.state !== 'done') context.exit(EXIT.found);
}

function show({ output }: Opened, command: JobCommand, field: string, report: JobReport): void {
  const { problems, problemCount, state, phase, jobId, legacy } = report;
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
  if (problems.length > 0) {
    output.rows(
      ['row', 'code'],
      problems.map((problem) => ({ ...problem })),
    );
  }
  if (problemCount > problems.length)
    output.line(`${problemCount} in all: fieldseal_jobs.report has the others, job ${jobId}`);
  output.line(`${field}: ${state}, phase ${phase}.`);
  if (state === 'done' && jobId !== null) output.line(command.next(field));
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number above 0');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('must be above 0 and at most 1');
}
