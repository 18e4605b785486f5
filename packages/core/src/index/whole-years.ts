import { parseDate, parseTimestamp } from '../cell/parse-date.ts';

const DAY_MS = 86_400_000;
/** More years than any date of a person spans; a longer list is a mistake. */
const MAX_YEARS = 200;
const BOUNDS: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte']);

/**
 * The calendar years (UTC) that a range covers exactly.
 *
 * @param operand - `{ gt?, gte?, lt?, lte? }` of dates, or of times when `type` is `timestamp`.
 * @returns `undefined` for a range that starts or ends within a year, has no start or no end, or
 * spans more than 200 years.
 */
export function wholeYears(
  operand: unknown,
  type: 'date' | 'timestamp',
): readonly number[] | undefined {
  if (typeof operand !== 'object' || operand === null) return undefined;
  let start = Number.NEGATIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;
  for (const [bound, value] of Object.entries(operand)) {
    if (value === undefined) continue;
    const at = BOUNDS.has(bound) ? position(bound, value, type) : undefined;
    if (at === undefined) return undefined;
    if (bound.startsWith('g')) start = Math.max(start, at);
    else end = Math.min(end, at);
  }
  return yearsBetween(start, end);
}

/** A bound as milliseconds: the first value inside for a start, the first outside for an end. */
function position(bound: string, value: unknown, type: 'date' | 'timestamp'): number | undefined {
  const days = type === 'date' ? parseDate(value) : undefined;
  const milliseconds = type === 'date' ? days && days * DAY_MS : parseTimestamp(value);
  if (milliseconds === undefined) return undefined;
  const step = type === 'date' ? DAY_MS : 1;
  return bound === 'gt' || bound === 'lte' ? milliseconds + step : milliseconds;
}

function yearsBetween(start: number, end: number): readonly number[] | undefined {
  const first = yearThatStarts(start);
  const last = yearThatStarts(end);
  if (first === undefined || last === undefined) return undefined;
  const count = last - first;
  if (count < 1 || count > MAX_YEARS) return undefined;
  return Array.from({ length: count }, (_, i) => first + i);
}

function yearThatStarts(milliseconds: number): number | undefined {
  const date = new Date(milliseconds);
  const isStart =
    milliseconds % DAY_MS === 0 && date.getUTCMonth() === 0 && date.getUTCDate() === 1;
  return isStart ? date.getUTCFullYear() : undefined;
}
