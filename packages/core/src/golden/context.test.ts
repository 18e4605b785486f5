import { expect, test } from 'vitest';
import { encodeContext } from '../bytes/context.ts';
import { toHex } from '../cipher/engines.fake.ts';
import { GOLDEN } from './golden-vectors.fake.ts';

test.each(GOLDEN.ctx)('the context $pairs has the bytes of the second implementation', (vector) => {
  expect(toHex(encodeContext(vector.pairs))).toBe(vector.hex);
});
