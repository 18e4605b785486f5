import { expect, test } from 'vitest';
import { isTombstone, tombstoneOf } from './tombstone.ts';

const SECRET = 'fs1.Priya-Raman-4111111111111111-and-as-long-as-the-shortest-of-all-cells-is-here';

test.each([SECRET, 'Priya Raman 4111 1111 1111 1111', new Uint8Array(Buffer.from(SECRET))])(
  'a tombstone has no byte of a value that is no cell',
  (value) => {
    const stone = tombstoneOf(value);
    const bytes =
      typeof stone === 'string' ? Buffer.from(stone.slice(4), 'base64url') : Buffer.from(stone);
    expect(bytes.subarray(0, 19).toString('hex')).toBe(`f50100${'00'.repeat(16)}`);
    expect(bytes.subarray(43)).toEqual(Buffer.alloc(17));
    expect(isTombstone(stone)).toBe(true);
    expect(isTombstone(value)).toBe(false);
  },
);
