import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultRandom } from '../cipher/default-engine.node.ts';
import type { Engine } from '../cipher/engine.ts';
import { ENGINES } from '../cipher/engines.fake.ts';
import type { Suite } from '../cipher/suite.ts';
import { arbitraryValue, typedValue, VALUE_TYPES } from './arbitrary-value.fake.ts';
import { createFieldCipher, type FieldCipherOptions } from './create-field-cipher.ts';
import { encodeRow } from './encode-row.ts';
import type { FieldCipher } from './field-cipher.ts';

const FIELD_KEY = new Uint8Array(32).fill(0x21);
const DATA_KEY_ID = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const ROW = encodeRow([{ type: 'int', value: 42 }]);
const NO_ROW = undefined;
/** All that a refusal tells, whatever was wrong. */
const REJECTED = {
  name: 'FieldsealError',
  code: 'ERR_CIPHERTEXT_REJECTED',
  message: 'Ciphertext rejected',
  meta: {},
  hasCause: false,
};

function cipherOf(engine: Engine, options: Partial<FieldCipherOptions> = {}): FieldCipher {
  return createFieldCipher({
    engine,
    random: defaultRandom(),
    fieldKey: FIELD_KEY,
    suite: 1,
    dataKeyId: DATA_KEY_ID,
    environment: 'test',
    fieldId: 'customer.aadhaar',
    type: 'string',
    bound: false,
    tenant: 't-1',
    ...options,
  });
}

/** Everything that a caller can see of an error; `undefined` when there is none. */
function refusal(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    const { name, code, message, meta } = error as Error & { code: unknown; meta: unknown };
    return { name, code, message, meta, hasCause: (error as Error).cause !== undefined };
  }
}

const suites = fc.constantFrom<Suite>(1, 2);
const engines = fc.constantFrom(...ENGINES);
const rows = fc.constantFrom(ROW, NO_ROW);

describe('a cell', () => {
  test.each(VALUE_TYPES)('of %s gives its value back, as text and as bytes', (type) => {
    const property = fc.property(
      engines,
      engines,
      suites,
      rows,
      arbitraryValue(type),
      (...given) => {
        const [writer, reader, suite, row, value] = given;
        const options = { suite, type, bound: row !== undefined };
        const [sealer, opener] = [cipherOf(writer, options), cipherOf(reader, options)];
        expect(opener.openText(sealer.sealText(value, row), row)).toStrictEqual(value);
        expect(opener.openBytes(sealer.sealBytes(value, row), row)).toStrictEqual(value);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  test('is never the same twice, and never shows its value', () => {
    const property = fc.property(engines, suites, fc.string({ minLength: 8 }), (...given) => {
      const [engine, suite, value] = given;
      const cipher = cipherOf(engine, { suite });
      const cells = Array.from({ length: 4 }, () => cipher.sealBytes(value));
      expect(new Set(cells.map((cell) => cell.join())).size).toBe(4);
      for (const cell of cells) expect(Buffer.from(cell).includes(value)).toBe(false);
    });
    fc.assert(property, { numRuns: 50 });
  });

  test('of up to 14 characters has a length that does not depend on them', () => {
    const cipher = cipherOf(ENGINES[0] as Engine);
    const lengths = Array.from({ length: 15 }, (_, n) => cipher.sealText('a'.repeat(n)).length);
    expect(new Set(lengths).size).toBe(1);
  });

  test('with any one bit flipped is refused', () => {
    for (const engine of ENGINES) {
      for (const suite of [1, 2] as const) {
        const cipher = cipherOf(engine, { suite, bound: true });
        const cell = cipher.sealBytes('234567890124', ROW);
        for (let bit = 0; bit < 8 * cell.length; bit++) {
          const flipped = new Uint8Array(cell);
          flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
          expect(refusal(() => cipher.openBytes(flipped, ROW))).toEqual(REJECTED);
        }
      }
    }
  });

  test('cut at either end, or with bytes added, is refused', () => {
    const property = fc.property(
      engines,
      suites,
      typedValue,
      fc.integer({ min: 1 }),
      (...given) => {
        const [engine, suite, { type, value }, amount] = given;
        const cipher = cipherOf(engine, { suite, type });
        const cell = cipher.sealBytes(value);
        const count = 1 + (amount % cell.length);
        const zeros = new Uint8Array(1 + (amount % 40));
        const altered = [
          cell.subarray(count),
          cell.subarray(0, cell.length - count),
          Uint8Array.of(...cell, ...zeros),
          Uint8Array.of(...zeros, ...cell),
        ];
        for (const bytes of altered) {
          expect(refusal(() => cipher.openBytes(bytes))).toEqual(REJECTED);
        }
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  const ELSEWHERE: readonly (readonly [string, Partial<FieldCipherOptions>])[] = [
    ['another field', { fieldId: 'customer.pan' }],
    ['another tenant', { tenant: 't-2' }],
    ['no tenant', { tenant: undefined }],
    ['a subject', { subject: 't-1' }],
    ['another environment', { environment: 'prod' }],
    ['another data key', { dataKeyId: new Uint8Array(16) }],
    ['another field key', { fieldKey: new Uint8Array(32) }],
    ['a row where none was', { bound: true }],
  ];
  test.each(ELSEWHERE)('moved to %s is refused', (_where, options) => {
    const property = fc.property(engines, engines, suites, typedValue, (...given) => {
      const [writer, reader, suite, { type, value }] = given;
      const cell = cipherOf(writer, { suite, type }).sealText(value);
      const other = cipherOf(reader, { suite, type, ...options });
      expect(refusal(() => other.openText(cell, rowFor(options)))).toEqual(REJECTED);
    });
    fc.assert(property, { numRuns: 30 });
  });

  test('bound to a row is refused in any other row, and where no row is expected', () => {
    const keys = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const property = fc.property(engines, suites, keys, keys, (engine, suite, own, other) => {
      fc.pre(own !== other);
      const bound = cipherOf(engine, { suite, bound: true });
      const rowOf = (value: bigint): Uint8Array => encodeRow([{ type: 'int', value }]);
      const cell = bound.sealText('234567890124', rowOf(own));
      expect(bound.openText(cell, rowOf(own))).toBe('234567890124');
      expect(refusal(() => bound.openText(cell, rowOf(other)))).toEqual(REJECTED);
      const unbound = cipherOf(engine, { suite });
      expect(refusal(() => unbound.openText(cell))).toEqual(REJECTED);
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('of one suite is refused by the other, also with its suite byte changed', () => {
    const property = fc.property(engines, suites, typedValue, (engine, suite, { type, value }) => {
      const cell = cipherOf(engine, { suite, type }).sealBytes(value);
      const other = cipherOf(engine, { suite: suite === 1 ? 2 : 1, type });
      expect(refusal(() => other.openBytes(cell))).toEqual(REJECTED);
      cell[1] = 3 - suite;
      expect(refusal(() => other.openBytes(cell))).toEqual(REJECTED);
    });
    fc.assert(property, { numRuns: 50 });
  });

  test('has one text: every other one is refused', () => {
    const strange = fc.oneof(
      fc.constantFrom('=', '==', '+', '/', '.', ' ', '\n', '\0', 'Ł', '\u{1f511}', 'A', 'fs1.'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
    );
    const property = fc.property(engines, fc.nat(), strange, fc.boolean(), (...given) => {
      const [engine, at, insert, replaces] = given;
      const cipher = cipherOf(engine);
      const cell = cipher.sealText('234567890124');
      const position = at % (cell.length + 1);
      const rest = cell.slice(position + (replaces ? insert.length : 0));
      const altered = cell.slice(0, position) + insert + rest;
      fc.pre(altered !== cell);
      expect(refusal(() => cipher.openText(altered))).toEqual(REJECTED);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('that is not one is refused, whatever it is', () => {
    const property = fc.property(engines, fc.string(), fc.uint8Array(), (engine, text, bytes) => {
      const cipher = cipherOf(engine);
      expect(refusal(() => cipher.openText(text))).toEqual(REJECTED);
      expect(refusal(() => cipher.openText(`fs1.${text}`))).toEqual(REJECTED);
      expect(refusal(() => cipher.openBytes(bytes))).toEqual(REJECTED);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('of another type is ERR_CELL_TYPE, since it is authentic', () => {
    const types = fc.constantFrom(...VALUE_TYPES);
    const property = fc.property(engines, typedValue, types, (engine, { type, value }, other) => {
      fc.pre(type !== other);
      const cell = cipherOf(engine, { type }).sealText(value);
      const run = (): unknown => cipherOf(engine, { type: other }).openText(cell);
      expect(refusal(run)).toMatchObject({ code: 'ERR_CELL_TYPE', meta: {}, hasCause: false });
    });
    fc.assert(property, { numRuns: 100 });
  });
});

/** The row that goes with the options of an opener. */
function rowFor(options: Partial<FieldCipherOptions>): Uint8Array | undefined {
  return options.bound === true ? ROW : NO_ROW;
}

describe('a field cipher', () => {
  test.each(ENGINES)('needs its row exactly when it is bound, with $name', (engine) => {
    const bound = cipherOf(engine, { bound: true });
    const cell = bound.sealText('a', ROW);
    const unknown = expect.objectContaining({ code: 'ERR_ROW_UNKNOWN' });
    expect(() => bound.sealText('a')).toThrow(unknown);
    expect(() => bound.sealText('a', new Uint8Array(0))).toThrow(unknown);
    expect(() => bound.openText(cell)).toThrow(unknown);
  });

  test.each(ENGINES)('that was destroyed does nothing more, with $name', (engine) => {
    const cipher = cipherOf(engine);
    const cell = cipher.sealText('a');
    cipher.destroy();
    cipher.destroy();
    const internal = expect.objectContaining({ code: 'ERR_INTERNAL' });
    expect(() => cipher.sealText('a')).toThrow(internal);
    expect(() => cipher.openText(cell)).toThrow(internal);
  });

  test('copies its key: wiping the caller’s changes nothing', () => {
    for (const engine of ENGINES) {
      const fieldKey = new Uint8Array(FIELD_KEY);
      const cipher = cipherOf(engine, { fieldKey });
      fieldKey.fill(0);
      expect(cipherOf(engine).openText(cipher.sealText('a'))).toBe('a');
    }
  });

  test('leaves cells of others alone while it is used in between', () => {
    for (const engine of ENGINES) {
      const [one, two] = [cipherOf(engine), cipherOf(engine, { fieldId: 'customer.pan' })];
      const cell = one.sealBytes('first');
      const copy = new Uint8Array(cell);
      const value = one.openBytes(cell);
      two.openText(two.sealText('second and longer than the first one'));
      expect(cell).toEqual(copy);
      expect(value).toBe('first');
    }
  });
});
