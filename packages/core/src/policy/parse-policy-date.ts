import type { Json } from './parse-json.ts';
import { policyMalformed } from './policy-malformed.ts';

const DATE =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?)?$/;
/** Fewer digits could be a year. */
const EPOCH_SECONDS = /^\d{5,12}$/;
const MAX_EPOCH_SECONDS = 253_402_300_799;

/** Seconds that a zone is ahead of UTC; NaN when there is no such zone. */
function zoneSeconds(zone: string): number {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return Number.NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function secondsOf(text: string): number {
  const found = DATE.exec(text);
  if (found === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = found
    .slice(1, 7)
    .map((digits, i) => Number(digits ?? (i === 2 ? 1 : 0))) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // 2026-02-30 would become a day in March
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const fraction = Number(`0${found[7] ?? ''}`);
  const time = hour * 3600 + minute * 60 + second + fraction;
  return date.getTime() / 1000 + time - zoneSeconds(found[8] ?? 'Z');
}

/**
 * Seconds since 1970 of a date in the W3C profile of ISO 8601, such as `2026-11`, `2026-11-26` or
 * `2026-11-26T09:30:00.5Z`, or of a number of seconds. A year alone is refused: AWS takes it for
 * one, and it could as well be seconds.
 *
 * @throws `ERR_POLICY_MALFORMED`
 */
export function parsePolicyDate(value: Json, path: string): number {
  const text = String(value);
  const isText = typeof value === 'string' || typeof value === 'number';
  const seconds = EPOCH_SECONDS.test(text) ? Number(text) : secondsOf(text);
  if (!isText || Number.isNaN(seconds) || seconds > MAX_EPOCH_SECONDS) {
    const forms = '"2026-11-26", "2026-11-26T09:30:00Z", or seconds since 1970';
    throw policyMalformed(path, `must be a date as ${forms}`);
  }
  return seconds;
}
