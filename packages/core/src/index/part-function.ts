import { parseDate, parseTimestamp } from '../cell/parse-date.ts';
import type { ValueType } from '../cell/value-type.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Normalizer } from './normalizer.ts';
import type { PredicateOperator } from './predicate.ts';
import { wholeYears } from './whole-years.ts';

/**
 * Takes a part of a value, such as its last four characters, that an index makes searchable.
 * Pure and total, like a {@link Normalizer}; one that changes gets another name.
 */
export interface PartFunction {
  /** Types of sealed fields that have such a part. */
  readonly types: readonly ValueType[];
  /** Type of the part itself; not `json`. */
  readonly partType: Exclude<ValueType, 'json'>;
  /** @param value - Normalised when it is a string, otherwise as the application gave it. */
  partOf(value: unknown): unknown;
  /** The operator that asks for this part; without one the part is reached by raw SQL only. */
  readonly operator?: PredicateOperator;
  /**
   * The parts of exactly those values that the operator asks for; `undefined` when no list of
   * parts answers it exactly, which refuses the operand.
   */
  partsFor?(operand: unknown, field: PartField): readonly unknown[] | undefined;
}

/** What a part function may know of the field. */
export interface PartField {
  readonly type: ValueType;
  /** Of the index; strings only. */
  readonly normalize: Normalizer;
}

/** Code points, not UTF-16 units: half a character is no part of a text. */
function lastCharacters(text: string, count: number): string {
  return [...text.slice(-2 * count)].slice(-count).join('');
}

function firstCharacters(text: string, count: number): string {
  return [...text.slice(0, 2 * count)].slice(0, count).join('');
}

function textPart(
  count: number,
  operator: PredicateOperator,
  take: (text: string, count: number) => string,
): PartFunction {
  return {
    types: ['string'],
    partType: 'string',
    partOf: (value) => take(value as string, count),
    operator,
    partsFor(operand, { normalize }) {
      if (typeof operand !== 'string') return undefined;
      const text = normalize(operand);
      // a shorter value is its own part, so a shorter text would also find values that end in more
      return [...text.slice(0, 2 * count + 1)].length === count ? [text] : undefined;
    },
  };
}

const year: PartFunction = {
  types: ['date', 'timestamp'],
  partType: 'int',
  partOf(value) {
    const days = parseDate(value);
    const milliseconds = days === undefined ? parseTimestamp(value) : days * 86_400_000;
    return milliseconds === undefined ? undefined : new Date(milliseconds).getUTCFullYear();
  },
  operator: 'range',
  partsFor: (operand, { type }) => wholeYears(operand, type === 'date' ? 'date' : 'timestamp'),
};

/** The part functions that come with Fieldseal. */
export const PART_FUNCTIONS: ReadonlyMap<string, PartFunction> = new Map([
  ['last4', textPart(4, 'endsWith', lastCharacters)],
  ['first6', textPart(6, 'startsWith', firstCharacters)],
  ['year', year],
]);

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}(?:@[1-9]\d{0,3})?$/;

/**
 * Checks and guards the part functions of an application.
 * @throws `ERR_CONFIG_INVALID`
 */
export function customParts(
  given: Readonly<Record<string, PartFunction>>,
): ReadonlyMap<string, PartFunction> {
  const custom = new Map<string, PartFunction>();
  for (const [name, part] of Object.entries(given)) {
    if (!NAME.test(name) || PART_FUNCTIONS.has(name) || typeof part?.partOf !== 'function') {
      const message = 'Must be a part function under a name that does not come with Fieldseal';
      const option = `partFunctions["${name}"]`;
      throw new FieldsealError('ERR_CONFIG_INVALID', message, { option });
    }
    custom.set(name, guarded(name, part));
  }
  return custom;
}

/** What the application's code throws may quote the value. */
function guarded(name: string, part: PartFunction): PartFunction {
  function run<T>(work: () => T): T {
    let result: { readonly value: T } | undefined;
    try {
      result = { value: work() };
    } catch {
      // reported below, without the message
    }
    if (result !== undefined) return result.value;
    const message = `The part function ${name} did not take the value`;
    throw new FieldsealError('ERR_VALUE_TYPE', message);
  }
  return {
    ...part,
    partOf: (value) => run(() => part.partOf(value)),
    partsFor: (operand, field) => run(() => part.partsFor?.(operand, field)),
  };
}
