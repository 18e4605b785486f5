import { latin1 } from '../bytes/latin1.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestField } from '../manifest/manifest.ts';
import type { IndexTokens } from './index-tokens.ts';
import type { Predicate, PredicateOperator } from './predicate.ts';

/** A field as the plan sees it. */
export interface SearchableField {
  readonly model: string;
  readonly field: ManifestField;
  readonly indexes: readonly IndexTokens[];
}

/** A predicate that lacks only its tokens, which need a key. */
export interface LookupPlan {
  readonly tokens: IndexTokens;
  /** What the tokens are MACs of. */
  readonly messages: readonly Uint8Array[];
  /** The predicate without its tokens. */
  readonly shape: Omit<Predicate, 'tokens'>;
  /**
   * Values that normalise to the same have one token, which is asked for once.
   * @param tokens - Of the messages, in their order.
   */
  predicate(tokens: readonly Uint8Array[]): Predicate;
}

/** The same question of rows that may each have one of several tokens of a value. */
export function askSeveral(plan: LookupPlan): LookupPlan {
  const match = plan.shape.match === 'equals' ? 'in' : plan.shape.match;
  return {
    ...plan,
    shape: { ...plan.shape, match },
    predicate: (tokens) => ({ ...plan.predicate(tokens), match }),
  };
}

/** What an operator asks of an index, and whether rows are wanted or unwanted. */
interface Asked {
  readonly match: 'equals' | 'in';
  readonly negated: boolean;
}

const EQUALITY: ReadonlyMap<PredicateOperator, Asked> = new Map<PredicateOperator, Asked>([
  ['equals', { match: 'equals', negated: false }],
  ['not', { match: 'equals', negated: true }],
  ['in', { match: 'in', negated: false }],
  ['notIn', { match: 'in', negated: true }],
]);

/**
 * Finds the index that answers an operator exactly, and what its tokens are made of.
 *
 * `null` is refused in every place: only the field itself knows whether it is null, and an adapter
 * asks it natively.
 *
 * @throws `ERR_OPERATOR_UNSUPPORTED` naming model, field and operator; `ERR_VALUE_TYPE`
 */
export function planLookup(
  searched: SearchableField,
  operator: PredicateOperator,
  operand: unknown,
): LookupPlan {
  const place = { model: searched.model, field: searched.field.name, operator };
  const refuse = (why: string): FieldsealError =>
    new FieldsealError(
      'ERR_OPERATOR_UNSUPPORTED',
      `${place.model}.${place.field} does not answer ${operator}: ${why}`,
      place,
    );
  if (operand === null || operand === undefined) {
    throw refuse('whether a sealed field is null is asked of the field itself');
  }
  const asked = EQUALITY.get(operator);
  return asked === undefined
    ? planPart(searched, operator, operand, refuse)
    : planEquality(searched, asked, operand, refuse);
}

type Refuse = (why: string) => FieldsealError;

function planEquality(
  { indexes }: SearchableField,
  asked: Asked,
  operand: unknown,
  refuse: Refuse,
): LookupPlan {
  const tokens = indexes.find(({ index }) => index.kind === 'equality');
  if (tokens === undefined) throw refuse('it has no equality index');
  if (asked.match === 'equals') return createPlan(tokens, asked, [tokens.messageOf(operand)]);
  if (!Array.isArray(operand)) throw refuse('it needs a list of values');
  const messages = operand.map((value: unknown) => {
    if (value === null || value === undefined) throw refuse('its list must not hold null');
    return tokens.messageOf(value);
  });
  return createPlan(tokens, asked, messages);
}

function planPart(
  { field, indexes }: SearchableField,
  operator: PredicateOperator,
  operand: unknown,
  refuse: Refuse,
): LookupPlan {
  const candidates = indexes.filter(({ part }) => part?.operator === operator);
  if (candidates.length === 0) throw refuse('it has no index for that');
  for (const tokens of candidates) {
    const { normalize, part } = tokens;
    const parts = part?.partsFor?.(operand, { type: field.type, normalize });
    if (parts === undefined || parts.length === 0) continue;
    const match = parts.length === 1 ? 'equals' : 'in';
    return createPlan(tokens, { match, negated: false }, parts.map(tokens.messageOfPart));
  }
  const names = candidates.map(({ index }) => index.part).join(', ');
  throw refuse(`no index (${names}) answers this operand exactly`);
}

function createPlan(
  tokens: IndexTokens,
  { match, negated }: Asked,
  messages: readonly Uint8Array[],
): LookupPlan {
  const { name } = tokens.index;
  const shape = {
    column: name,
    match,
    negated,
    exact: true,
    // A token column is null exactly where its field is null, so that the native operator
    // treats null as it would on the field.
    andNotNull: false,
    index: name,
  };
  return {
    tokens,
    messages,
    shape,
    predicate: (made) => ({
      ...shape,
      tokens: [...new Map(made.map((token) => [latin1(token), token])).values()],
    }),
  };
}
