import { plainTextOf } from '../cell/plain-text.ts';
import type { ManifestField } from '../manifest/manifest.ts';
import type { IndexTokens } from './index-tokens.ts';
import { PART_FUNCTIONS } from './part-function.ts';
import type { PredicateOperator } from './predicate.ts';
import { wholeYears } from './whole-years.ts';

/**
 * What a lookup asks of the plaintext of a row that has no token yet. It is asked of the text as
 * it stands: normalisers have not gone over it.
 */
export interface PlainPredicate {
  readonly match: 'in' | 'startsWith' | 'endsWith';
  /** The row matches when any of these does; none does when there is none. */
  readonly texts: readonly string[];
}

/**
 * @param tokens - The index that answers the operator.
 * @returns `undefined` when no question about text is the same as the operator.
 * @throws `ERR_VALUE_TYPE`
 */
export function plainPredicate(
  { type }: ManifestField,
  tokens: IndexTokens,
  operator: PredicateOperator,
  operand: unknown,
): PlainPredicate | undefined {
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
  const years = type === 'date' && operator === 'range' ? wholeYears(operand, 'date') : undefined;
  if (years === undefined || years.some((year) => year < 0 || year > 9999)) return undefined;
  return { match: 'startsWith', texts: years.map((year) => `${String(year).padStart(4, '0')}-`) };
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
