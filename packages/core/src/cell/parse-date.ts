const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** With a zone: without one the same text is another time on another machine. */
const TIMESTAMP =
  /^(\d{4}|[+-]\d{6})-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY_MS = 86_400_000;

/** `2023-02-30` is 2 March to the parser of the platform; here it is not a date. */
function exists(text: string): boolean {
  const day = text.slice(0, text.indexOf('T') === -1 ? text.length : text.indexOf('T'));
  const milliseconds = Date.parse(`${day}T00:00:00.000Z`);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(day);
}

/** Milliseconds since 1970 of a `Date` or an ISO 8601 text with zone; `undefined` for all else. */
export function parseTimestamp(value: unknown): number | undefined {
  if (value instanceof Date) {
    const milliseconds = value.getTime();
    return Number.isNaN(milliseconds) ? undefined : milliseconds;
  }
  if (typeof value !== 'string' || !TIMESTAMP.test(value) || !exists(value)) return undefined;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/**
 * Days since 1970-01-01 of a `Date` at midnight UTC, `YYYY-MM-DD` or the same with a time of zero;
 * `undefined` for all else, also for a time of day: cutting it off would lose data in silence.
 */
export function parseDate(value: unknown): number | undefined {
  const milliseconds =
    typeof value === 'string' && DATE.test(value)
      ? parseTimestamp(`${value}T00:00:00.000Z`)
      : parseTimestamp(value);
  if (milliseconds === undefined || milliseconds % DAY_MS !== 0) return undefined;
  return milliseconds / DAY_MS;
}
