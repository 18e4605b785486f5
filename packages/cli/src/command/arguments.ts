import { InvalidArgumentError } from 'commander';

/** Parsers of what stands on a command line; what they refuse is a wrong argument. */
export type Pairs = Readonly<Record<string, string>>;

/** `name=value`, once for each pair. */
export function pair(text: string, before: Pairs = {}): Pairs {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('must be name=value');
  const name = text.slice(0, at);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`has ${name} twice`);
  return { ...before, [name]: text.slice(at + 1) };
}

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number above 0');
}

/** A share of the whole, above 0. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('must be above 0 and at most 1');
}

/** A day or a time of ISO 8601; a day begins in UTC. */
export function time(text: string): Date {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const date = new Date(text);
  if (isTime && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('must be such as 2027-01-31 or 2027-01-31T09:30:00Z');
}
