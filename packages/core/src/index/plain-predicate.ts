import { fitsOldColumn } from '../cell/fits-old-column.ts';
import { plainTextOf } from '../cell/plain-text.ts';
import type { ManifestField, ManifestOldColumn } from '../manifest/manifest.ts';
import type { IndexTokens } from './index-tokens.ts';
import { PART_FUNCTIONS } from './part-function.ts';
import type { PredicateOperator } from './predicate.ts';
import { wholeYears } from './whole-years.ts';

/**
 * What a lookup asks of the plaintext of a row that has no token yet. It is asked of the value as
 * it stands: normalisers have not gone over it.
 */
export interface PlainPredicate {
  /** `within`: of an old column only. */
  readonly match: 'in' | 'startsWith' | 'endsWith' | 'within';
  /**
   * The row matches when any of these does; none does when there is none. Of `within` two: the first
   * value inside and the first one after.
   */
  readonly texts: readonly string[];
  /** The old column, where the field has one; its values are compared, not their text. */
  readonly from?: ManifestOldColumn;
}

/**
 * @param tokens - The index that answers the operator.
 * @returns `undefined` when no question about plaintext is the same as the operator.
 * @throws `ERR_VALUE_TYPE`
 */
export function plainPredicate(
  field: ManifestField,
  tokens: IndexTokens,
  operator: PredicateOperator,
  operand: unknown,
): PlainPredicate | undefined {
  const { from } = field;
  const plain = askPlaintext(field, tokens, operator, operand);
  if (plain === undefined || from === undefined) return plain;
  if (plain.match === 'within') return { ...plain, from };
  const isText = from.type === 'text' || from.type === 'varchar';
  if (plain.match !== 'in' && !isText) return undefined;
  // what the column cannot hold is in no row, and PostgreSQL would quote it in an error
  const texts = plain.texts.filter((text) => plain.match !== 'in' || fitsOldColumn(from, text));
  return { ...plain, texts, from };
}

function askPlaintext(
  field: ManifestField,
  tokens: IndexTokens,
  operator: PredicateOperator,
  operand: unknown,
): PlainPredicate | undefined {
  const { type } = field;
  const { index, normalize } = tokens;
  if (index.kind === 'equality') {
    const operands: readonly unknown[] =
      Array.isArray(operand) && isList(operator) ? operand : [operand];
    const texts = operands.map((value) => plainTextOf(type, value));
    return { match: 'in', texts: type === 'string' ? withNormalized(texts, normalize) : texts };
  }
  // what a part function of the application asks for is known to nobody else
  if (index.part === undefined || !PART_FUNCTIONS.has(index.part)) return undefined;
  if (operator === 'startsWith' || operator === 'endsWith') {
    return { match: operator, texts: withNormalized([operand as string], normalize) };
  }
  if (operator !== 'range' || (type !== 'date' && type !== 'timestamp')) return undefined;
  const years = wholeYears(operand, type);
  if (years === undefined) return undefined;
  return field.from === undefined ? startsWithYears(type, years) : withinYears(type, years);
}

/** The text of a time starts with the year of its own zone. */
function startsWithYears(
  type: 'date' | 'timestamp',
  years: readonly number[],
): PlainPredicate | undefined {
  if (type === 'timestamp' || years.some((year) => year < 0 || year > 9999)) return undefined;
  return { match: 'startsWith', texts: years.map((year) => `${fourDigits(year)}-`) };
}

/** Years follow each other. */
function withinYears(
  type: 'date' | 'timestamp',
  years: readonly number[],
): PlainPredicate | undefined {
  const first = years[0] ?? 0;
  const after = (years.at(-1) ?? 0) + 1;
  if (first < 1 || after > 9999) return undefined;
  const time = type === 'date' ? '' : 'T00:00:00.000Z';
  return {
    match: 'within',
    texts: [first, after].map((year) => `${fourDigits(year)}-01-01${time}`),
  };
}

function fourDigits(year: number): string {
  return String(year).padStart(4, '0');
}

function isList(operator: PredicateOperator): boolean {
  return operator === 'in' || operator === 'notIn';
}

function withNormalized(
  texts: readonly string[],
  normalize: (text: string) => string,
): readonly string[] {
  return [...new Set([...texts, ...texts.map(normalize)])];
}
