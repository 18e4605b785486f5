import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidFromBytes, uuidToBytes } from './uuid.ts';

describe('uuid', () => {
  it('is the same 16 bytes in any letter case', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const bytes = uuidToBytes(uuid);
        expect(uuidToBytes(uuid.toUpperCase())).toEqual(bytes);
        expect(uuidFromBytes(bytes as Uint8Array)).toBe(uuid);
      }),
    );
  });

  it.each([
    '018f3f3e7b3c7d0a8c112b1a5e6f7a90',
    '{018f3f3e-7b3c-7d0a-8c11-2b1a5e6f7a90}',
    '018f3f3e-7b3c-7d0a-8c11-2b1a5e6f7a9g',
    '018f3f3e-7b3c-7d0a-8c11-2b1a5e6f7a9',
    '018f3f3e-7b3c-7d0a-8c11-2b1a5e6f7a9\u0130',
    '018f3f3e07b3c-7d0a-8c11-2b1a5e6f7a90',
    '',
  ])('refuses %s', (text) => {
    expect(uuidToBytes(text)).toBeUndefined();
  });
});
