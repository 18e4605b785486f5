import { createHash } from 'node:crypto';
import type { PageRow } from '../engine/page.ts';

const LONGEST = 200;

/** The key of a row for reports. */
export function rowText({ cursor }: Pick<PageRow, 'cursor'>): string {
  return keyText(cursor);
}

/**
 * One key column as it is, several as a JSON array: no two rows of a table have the same text. A long one is cut, and
 * a hash of the whole stands at its end.
 */
export function keyText(key: readonly string[]): string {
  const [only] = key;
  const text = key.length === 1 && only !== undefined ? only : JSON.stringify(key);
  if (text.length <= LONGEST) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  // a character of two halves may be cut in the middle
  return `${text.slice(0, LONGEST).toWellFormed()}…sha256:${hash}`;
}
