import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord, mechanismOf, type SlotRecord } from './slot-record.ts';

const RECORD: SlotRecord = {
  head: { method: 'aes-key-wrap', way: 'wrap', mechanism: 0x210a },
  iv: new Uint8Array(0),
  sealed: new Uint8Array(40).fill(1),
  beside: new Uint8Array(60).fill(2),
};
const MECHANISM = 'pkcs11-aes-key-wrap-wrap';

test('a record reads as it was written', () => {
  expect(mechanismOf(RECORD.head)).toBe(MECHANISM);
  const bytes = encodeRecord(RECORD);
  expect(Buffer.from(bytes).toString('hex')).toBe(
    `0101010000210a00000028${'01'.repeat(40)}003c${'02'.repeat(60)}`,
  );
  const read = decodeRecord(MECHANISM, bytes);
  expect(read?.head).toEqual(RECORD.head);
  expect(encodeRecord(read as SlotRecord)).toEqual(bytes);
});

test('whatever was cut off, added or named differently is no record', () => {
  const bytes = encodeRecord(RECORD);
  for (let end = 0; end < bytes.length; end++) {
    expect(decodeRecord(MECHANISM, bytes.subarray(0, end))).toBeNull();
  }
  expect(decodeRecord(MECHANISM, new Uint8Array([...bytes, 0]))).toBeNull();
  expect(decodeRecord('pkcs11-aes-gcm-own-iv', bytes)).toBeNull();
  for (const [at, value] of [
    [0, 2],
    [1, 4],
    [2, 2],
  ] as const) {
    const altered = new Uint8Array(bytes);
    altered[at] = value;
    expect(decodeRecord(MECHANISM, altered)).toBeNull();
  }
});

test('arbitrary bytes are no record, or one that is written so', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const record = decodeRecord(MECHANISM, bytes);
      expect(record === null || Buffer.from(encodeRecord(record)).equals(bytes)).toBe(true);
    }),
  );
});
