import { describe, expect, it } from 'vitest';
import { encodeRow, type RowColumn } from './encode-row.ts';

const hex = (columns: readonly RowColumn[]) => Buffer.from(encodeRow(columns)).toString('hex');

describe('encodeRow', () => {
  it('is the same for a bigint key as number, bigint and text', () => {
    const forms = [42, 42n, '42'].map((value) => hex([{ type: 'int', value }]));
    expect(new Set(forms)).toEqual(new Set(['010008000000000000002a']));
  });

  it('is the same for a uuid in any letter case', () => {
    const value = '018f3f3e-7b3c-7d0a-8c11-2b1a5e6f7a90';
    expect(hex([{ type: 'uuid', value: value.toUpperCase() }])).toBe(
      hex([{ type: 'uuid', value }]),
    );
  });

  it('tells joined columns apart', () => {
    const text = (...values: string[]) => hex(values.map((value) => ({ type: 'text', value })));
    expect(text('a', 'bc')).not.toBe(text('ab', 'c'));
    expect(text('')).not.toBe(text('', ''));
  });

  it.each([
    { type: 'int', value: 1.5 },
    { type: 'int', value: 2n ** 63n },
    { type: 'int', value: '' },
    { type: 'int', value: '0x10' },
    { type: 'int', value: null },
    { type: 'uuid', value: 'no' },
    { type: 'uuid', value: 7 },
    { type: 'text', value: '\udc00' },
    { type: 'text', value: 5 },
    { type: 'text', value: 'x'.repeat(65_536) },
    { type: 'bytes', value: 'AQ==' },
  ] as const)('refuses %o without quoting it', (column) => {
    expect(() => encodeRow([column])).toThrow(
      expect.objectContaining({
        code: 'ERR_ROW_IDENTITY',
        message: 'A primary-key value is not of its column type',
      }),
    );
  });
});
