/**
 * White_Space of Unicode, written out: a version of Unicode that adds a character to the property
 * must not change tokens.
 */
const SPACES: ReadonlySet<string> = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** Drops white space at both ends. Not by a pattern: one anchored at the end takes quadratic time. */
export function trimSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && SPACES.has(value.charAt(start))) start += 1;
  while (end > start && SPACES.has(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

const RUN = new RegExp(`[${[...SPACES].join('')}]+`, 'g');

/** Writes each run of white space as one space. */
export function collapseSpace(value: string): string {
  return value.replace(RUN, ' ');
}
