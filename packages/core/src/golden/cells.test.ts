import { describe, expect, test } from 'vitest';
import { createFieldCipher } from '../cell/create-field-cipher.ts';
import type { FieldCipher } from '../cell/field-cipher.ts';
import type { ValueType } from '../cell/value-type.ts';
import type { Engine } from '../cipher/engine.ts';
import { ENGINES, hex, toHex } from '../cipher/engines.fake.ts';
import type { Suite } from '../cipher/suite.ts';
import { deriveKey } from '../keys/derive.ts';
import {
  applicationValue,
  GOLDEN,
  type GoldenPlace,
  goldenBytes,
  replay,
  rowOf,
} from './golden-vectors.fake.ts';

const REJECTED = expect.objectContaining({
  code: 'ERR_CIPHERTEXT_REJECTED',
  message: 'Ciphertext rejected',
});
const SUITES: readonly Suite[] = [1, 2];

function fieldKeyOf(engine: Engine, suite: Suite, fieldId: string): Uint8Array {
  const info = { use: 'cell', suite: Uint8Array.of(suite), field: fieldId };
  return deriveKey(engine, 'data-key', goldenBytes('dataKey'), info);
}

function cipherFor(
  engine: Engine,
  place: GoldenPlace,
  options: { suite: Suite; type: ValueType; nonce?: string },
): FieldCipher {
  const { suite, type, nonce = '' } = options;
  return createFieldCipher({
    engine,
    random: replay(hex(nonce)),
    fieldKey: fieldKeyOf(engine, suite, place.field),
    suite,
    dataKeyId: goldenBytes('dataKeyId'),
    environment: place.env,
    fieldId: place.field,
    type,
    bound: place.row !== undefined,
    tenant: place.tenant,
    subject: place.subject,
  });
}

describe.each(ENGINES)('cells of format version 1, with $name', (engine) => {
  const cases = GOLDEN.cells.map((vector, number) => ({ ...vector, number }));

  test('the vectors hold every type, both suites, and bound and unbound cells', () => {
    expect(new Set(cases.map(({ type }) => type)).size).toBe(10);
    expect(new Set(cases.map(({ suite }) => suite)).size).toBe(2);
    expect(new Set(cases.map(({ expected }) => expected.row === undefined)).size).toBe(2);
  });

  test.each(cases)('cell $number, $type of suite $suite, is sealed to its bytes', (vector) => {
    const { suite, expected, type, nonce } = vector;
    expect(toHex(fieldKeyOf(engine, suite, expected.field))).toBe(vector.fieldKey);
    const value = applicationValue(type, vector.value);
    const row = rowOf(expected);
    const bytes = cipherFor(engine, expected, { suite, type, nonce }).sealBytes(value, row);
    expect(toHex(bytes)).toBe(vector.cell);
    const text = cipherFor(engine, expected, { suite, type, nonce }).sealText(value, row);
    expect(text).toBe(vector.text);
  });

  test.each(cases)('cell $number, $type of suite $suite, opens to its value', (vector) => {
    const { suite, expected, type } = vector;
    const cipher = cipherFor(engine, expected, { suite, type });
    const value = applicationValue(type, vector.value);
    expect(cipher.openBytes(hex(vector.cell), rowOf(expected))).toStrictEqual(value);
    expect(cipher.openText(vector.text, rowOf(expected))).toStrictEqual(value);
  });

  test('no cell opens in the place of a cell of another place', () => {
    for (const { suite, expected, type, cell } of cases) {
      for (const other of cases) {
        if (JSON.stringify(other.expected) === JSON.stringify(expected)) continue;
        const cipher = cipherFor(engine, other.expected, { suite, type });
        expect(() => cipher.openBytes(hex(cell), rowOf(other.expected))).toThrow(REJECTED);
      }
    }
  });

  test.each(GOLDEN.refused)('refused: $why', ({ cell, expected }) => {
    for (const suite of SUITES) {
      const cipher = cipherFor(engine, expected, { suite, type: 'string' });
      expect(() => cipher.openBytes(hex(cell), rowOf(expected))).toThrow(REJECTED);
      const text = `fs1.${Buffer.from(cell, 'hex').toString('base64url')}`;
      expect(() => cipher.openText(text, rowOf(expected))).toThrow(REJECTED);
    }
  });

  test.each(GOLDEN.refusedText)('refused as text, everywhere: %j', (text) => {
    for (const { suite, expected, type } of cases) {
      const cipher = cipherFor(engine, expected, { suite, type });
      expect(() => cipher.openText(text, rowOf(expected))).toThrow(REJECTED);
    }
  });
});
