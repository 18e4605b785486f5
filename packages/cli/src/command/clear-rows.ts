import { fieldsOfScope, type ShreddedRows, shredRows } from '@fieldseal/jobs';
import { EXIT } from '../output/exit-code.ts';
import { createProgress } from '../output/progress.ts';
import { type CommandContext, jobOptions, type Opened } from './context.ts';
import { showEstimate } from './show-estimate.ts';
import { showProblems } from './show-problems.ts';

/** Takes cells and tokens of a shredded scope out of every table of the manifest. */
export async function clearRows(
  context: CommandContext,
  opened: Opened,
  scope: ShreddedRows,
  dryRun: boolean,
): Promise<void> {
  const { output } = opened;
  for (const field of fieldsOfScope(opened.config.manifest, scope)) {
    const view = createProgress(context.streams.err);
    const report = await shredRows({
      ...jobOptions(opened),
      ...scope,
      field,
      dryRun,
      signal: context.signal,
      onProgress: (progress) => view.update(progress),
    }).finally(() => view.end());
    const { state, steps, problemCount } = report;
    const rows = steps.reduce((sum, { written }) => sum + written, 0);
    const would = dryRun ? 'would be cleared' : 'cleared';
    output.result({ field, ...report }, `${field}: ${rows} rows ${would}, ${problemCount} left.`);
    showProblems(output, report);
    showEstimate(output, report);
    if (state !== 'done') context.exit(EXIT.found);
  }
}
