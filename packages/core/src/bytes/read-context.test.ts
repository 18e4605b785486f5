import { expect, it } from 'vitest';
import { encodeContext } from './context.ts';
import { readContext } from './read-context.ts';

it('reads what was encoded, from the middle of a buffer too', () => {
  const encoded = encodeContext({ tenants: 'each', key: 'alias/kyc', empty: '' });
  const buffer = new Uint8Array(encoded.length + 7);
  buffer.set(encoded, 3);
  for (const bytes of [encoded, buffer.subarray(3, 3 + encoded.length)]) {
    expect(readContext(bytes, 'key')).toBe('alias/kyc');
    expect(readContext(bytes, 'tenants')).toBe('each');
    expect(readContext(bytes, 'empty')).toBe('');
    expect(readContext(bytes, 'alias/kyc')).toBeUndefined();
  }
});

it('reads nothing of what is cut off or no context at all', () => {
  const encoded = encodeContext({ key: 'alias/kyc' });
  for (let length = 0; length < encoded.length; length++) {
    expect(readContext(encoded.subarray(0, length), 'key')).toBeUndefined();
  }
  expect(readContext(new Uint8Array(9).fill(255), 'key')).toBeUndefined();
});
