import fc from 'fast-check';
import type { ValueType } from './value-type.ts';

const DAY_MS = 86_400_000;

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  // across the borders of the padding and of the shared scratch memory
  fc.integer({ min: 200, max: 9000 }).map((length) => 'x'.repeat(length)),
);
const digits = fc.stringMatching(/^\d{1,30}$/);

/** Application values of each type, extremes included. */
const VALUES: Readonly<Record<ValueType, fc.Arbitrary<unknown>>> = {
  string: text,
  bytes: fc.uint8Array({ maxLength: 600 }),
  int: fc.maxSafeInteger(),
  bigint: fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  decimal: fc
    .tuple(fc.constantFrom('', '-'), digits, fc.option(digits))
    .map(([sign, whole, part]) => `${sign}${whole}${part === null ? '' : `.${part}`}`),
  double: fc.double(),
  boolean: fc.boolean(),
  date: fc
    .integer({ min: -100_000_000, max: 100_000_000 })
    .map((days) => new Date(days === 0 ? 0 : days * DAY_MS)),
  timestamp: fc.date({ noInvalidDate: true }),
  json: fc
    .jsonValue({ stringUnit: 'grapheme' })
    .map((value): unknown => JSON.parse(JSON.stringify(value))),
};

export const VALUE_TYPES: readonly ValueType[] = Object.keys(VALUES) as ValueType[];

/** Values of a type, as they come out of a cell again. */
export function arbitraryValue(type: ValueType): fc.Arbitrary<unknown> {
  return VALUES[type];
}

/** A type with one of its values. */
export const typedValue: fc.Arbitrary<{ readonly type: ValueType; readonly value: unknown }> = fc
  .constantFrom(...VALUE_TYPES)
  .chain((type) => arbitraryValue(type).map((value) => ({ type, value })));
