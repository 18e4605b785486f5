import { rewrapDataKeys } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { createProgress } from '../output/progress.ts';
import { wholeNumber } from './arguments.ts';
import { type CommandContext, withKeyring } from './context.ts';
import { inOneProcess } from './in-one-process.ts';
import { showEstimate } from './show-estimate.ts';

/** `fieldseal rewrap` moves stored data keys to the newest version of their key. */
export function addRewrap(program: Command, context: CommandContext): void {
  const rewrap = program
    .command('rewrap')
    .description('wrap all data keys of a key anew under its newest version; no cell is touched')
    .argument('<key>', 'id or alias of the key')
    .option('--batch-size <keys>', 'keys that are written together, 1 to 1,000', wholeNumber)
    .option('--dry-run', 'count, write nothing');
  inOneProcess(rewrap).action(
    (key: string, flags: { readonly dryRun?: boolean; readonly batchSize?: number }) =>
      withKeyring(context, async ({ config: { database, settleMs }, keyring, output }) => {
        const view = createProgress(context.streams.err);
        const report = await rewrapDataKeys({
          database,
          keyring,
          key,
          ...(settleMs === undefined ? {} : { settleMs }),
          dryRun: flags.dryRun === true,
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
