import type { JobEstimate } from '@fieldseal/jobs';
import type { Output } from '../output/output.ts';

/** How long a job would take at least, after a dry run. */
export function showEstimate(
  output: Output,
  { estimate }: { readonly estimate: JobEstimate | null },
): void {
  if (estimate === null) return;
  const { rows, rowsPerSecond, seconds } = estimate;
  const went = `Went over ${rows} at ${Math.round(rowsPerSecond)} a second`;
  output.line(`${went}: the job takes at least ${durationText(seconds)}, and the time to write.`);
}

/** Two units at most: nobody plans a night by the second. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
