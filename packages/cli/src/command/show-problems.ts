import type { JobReport } from '@fieldseal/jobs';
import type { Output } from '../output/output.ts';

/** Lists the rows that stand in the way, for people: JSON has them in the report. */
export function showProblems(
  output: Output,
  {
    problems,
    problemCount,
    jobId,
    tombstones,
    forgottenIndexes,
  }: Pick<JobReport, 'problems' | 'problemCount' | 'jobId' | 'tombstones' | 'forgottenIndexes'>,
): void {
  if (output.isJson) return;
  if (tombstones > 0)
    output.line(`${tombstones} rows of somebody who was shredded: nothing is there.`);
  if (forgottenIndexes.length > 0) output.line(forgotten(forgottenIndexes));
  if (problems.length === 0) return;
  output.rows(
    ['row', 'class', 'code'],
    problems.map((problem) => ({ ...problem })),
  );
  if (problemCount > problems.length)
    output.line(`${problemCount} in all: fieldseal_jobs.report has the others, job ${jobId}`);
}

/** Of indexes that are in use, and of which the manifest says nothing. */
export function forgotten(indexes: readonly string[]): string {
  return `Not looked at, as the manifest does not have them and nobody dropped them: ${indexes.join(', ')}.`;
}
