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
  }: Pick<JobReport, 'problems' | 'problemCount' | 'jobId' | 'tombstones'>,
): void {
  if (output.isJson) return;
  if (tombstones > 0)
    output.line(`${tombstones} rows of somebody who was shredded: nothing is there.`);
  if (problems.length === 0) return;
  output.rows(
    ['row', 'class', 'code'],
    problems.map((problem) => ({ ...problem })),
  );
  if (problemCount > problems.length)
    output.line(`${problemCount} in all: fieldseal_jobs.report has the others, job ${jobId}`);
}
