import type { PlainPredicate } from './plain-predicate.ts';

/** Operators that an adapter can ask for; anything else it refuses itself. */
export type PredicateOperator =
  | 'equals'
  | 'in'
  | 'not'
  | 'notIn'
  | 'startsWith'
  | 'endsWith'
  /** `{ gte, lt }` and the like, operand `{ gt?, gte?, lt?, lte? }`. */
  | 'range';

/**
 * What a predicate on a sealed field becomes: a native predicate on its token column. An adapter
 * only spells the four matches.
 */
export interface Predicate {
  /** Property name of the token column. */
  readonly column: string;
  readonly match: 'equals' | 'in' | 'overlaps' | 'containsAll';
  readonly tokens: readonly Uint8Array[];
  /** `not` and `notIn`: the match is negated. */
  readonly negated: boolean;
  /** Whether the native predicate gives exactly the right rows (always, for equality and parts). */
  readonly exact: boolean;
  /** The sealed field must also be `IS NOT NULL` for the ORM's own semantics. */
  readonly andNotNull: boolean;
  /**
   * While rows may lack their tokens: what to ask of the sealed field itself, or of its old
   * column, where the token column is null. A row matches when `token IS NOT NULL AND match` or `token IS NULL AND plain` does,
   * all of it negated together.
   */
  readonly plain?: PlainPredicate;
  /** Property name of the index, to be verified when the field itself is in the result. */
  readonly index: string;
}
