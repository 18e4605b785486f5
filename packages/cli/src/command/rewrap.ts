import { rewrapDataKeys } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { createProgress } from '../output/progress.ts';
import { wholeNumber } from './arguments.ts';
import { type CommandContext, withKeyring } from './context.ts';
import { inOneProcess } from './in-one-process.ts';
import { addSpeedFlags, type SpeedFlags, speedOptions } from './pace-flags.ts';
import { showEstimate } from './show-estimate.ts';
import { withExamples } from './with-examples.ts';

interface RewrapFlags extends SpeedFlags {
  readonly dryRun?: boolean;
  readonly batchSize?: number;
}

/** `fieldseal rewrap` moves stored data keys to the newest version of their key. */
export function addRewrap(program: Command, context: CommandContext): void {
  const rewrap = program
    .command('rewrap')
    .description('wrap all data keys of a key anew under its newest version; no cell is touched')
    .argument('<key>', 'id or alias of the key')
    .option('--batch-size <keys>', 'keys that are written together, 1 to 1,000', wholeNumber);
  addSpeedFlags(inOneProcess(rewrap)).option('--dry-run', 'count, write nothing');
  withExamples(rewrap, 'rewrap alias/kyc --dry-run', 'rewrap alias/kyc --load 0.5');
  rewrap.action((key: string, flags: RewrapFlags) =>
    withKeyring(context, async ({ config: { database, settleMs }, keyring, output }) => {
      const view = createProgress(context.streams.err);
      const report = await rewrapDataKeys({
        database,
        keyring,
        key,
        ...(settleMs === undefined ? {} : { settleMs }),
        dryRun: flags.dryRun === true,
        ...speedOptions(flags),
        ...(flags.batchSize === undefined ? {} : { batchSize: flags.batchSize }),
        signal: context.signal,
        onProgress: (progress) => view.update(progress),
      }).finally(() => view.end());
      const { rewrapped, left } = report;
      output.result({ ...report }, `${key}: ${rewrapped} keys rewrapped, ${left} left.`);
      showEstimate(output, report);
    }),
  );
}
