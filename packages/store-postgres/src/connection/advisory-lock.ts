import { createHash } from 'node:crypto';

/** Advisory locks are shared with the application: a number that nobody picks by chance. */
function numberOf(purpose: string): bigint {
  return createHash('sha256').update(purpose).digest().readBigInt64BE(0);
}

/** One at a time migrates a schema. */
export function migrationLock(schema: string): string {
  return String(numberOf(`fieldseal migrations of ${schema}`));
}

const BUCKETS = 64n;

/**
 * One at a time rotates a key. Keys share 64 numbers, so that a change of very many keys does not fill
 * the server's table of locks; two of one number wait for each other and nothing else.
 *
 * @returns in the order in which everybody takes them, so that nobody waits in a circle
 */
export function rotationLocks(schema: string, keyIds: readonly string[]): readonly string[] {
  const first = numberOf(`fieldseal rotations of ${schema}`) & ~(BUCKETS - 1n);
  const buckets = new Set(keyIds.map((keyId) => numberOf(keyId) & (BUCKETS - 1n)));
  return [...buckets].sort((a, b) => Number(a - b)).map((bucket) => String(first | bucket));
}
