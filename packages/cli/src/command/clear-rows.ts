import { fieldsOfScope, type JobReport, type ShreddedRows, shredRows } from '@fieldseal/jobs';
import { EXIT } from '../output/exit-code.ts';
import { createProgress } from '../output/progress.ts';
import { type CommandContext, jobOptions, type Opened } from './context.ts';
import { type PaceFlags, paceOptions } from './pace-flags.ts';
import { showEstimate } from './show-estimate.ts';
import { showProblems } from './show-problems.ts';

/**
 * Takes cells and tokens of a shredded scope out of every table of the manifest, and says so to people.
 * @returns what was done to each field
 */
export async function clearRows(
  context: CommandContext,
  opened: Opened,
  scope: ShreddedRows,
  flags: PaceFlags & { readonly dryRun?: boolean },
): Promise<readonly ({ readonly field: string } & JobReport)[]> {
  const { output } = opened;
  const dryRun = flags.dryRun === true;
  const reports: ({ readonly field: string } & JobReport)[] = [];
  for (const field of fieldsOfScope(opened.config.manifest, scope)) {
    const view = createProgress(context.streams.err);
    const report = await shredRows({
      ...jobOptions(opened),
      ...paceOptions(flags),
      ...scope,
      field,
      dryRun,
      signal: context.signal,
      onProgress: (progress) => view.update(progress),
    }).finally(() => view.end());
    const { state, steps, problemCount } = report;
    const rows = steps.reduce((sum, { written }) => sum + written, 0);
    const would = dryRun ? 'would be cleared' : 'cleared';
    output.line(`${field}: ${rows} rows ${would}, ${problemCount} left.`);
    showProblems(output, report);
    showEstimate(output, report);
    if (state !== 'done') context.exit(EXIT.found);
    reports.push({ field, ...report });
  }
  return reports;
}
