import type { IndexKindOptions } from './annotation.ts';

/** Options that an index of every kind can have. */
export type IndexOptions = Omit<IndexKindOptions, 'kind' | 'part' | 'unique'>;

/**
 * An index for lookups by the whole value: `=` and `IN`.
 *
 * @param options - `id`, `name` of the column, `global` and `acceptLeakage` with their reasons.
 *
 * @example
 * ```ts
 * import { Encrypted, equality } from '@fieldseal/typeorm';
 *
 * class Customer {
 *   @Encrypted({ normalize: 'digits', index: { aadhaarToken: equality() } })
 *   aadhaar!: string;
 * }
 * ```
 */
export function equality(options: IndexOptions = {}): IndexKindOptions {
  return { ...options, kind: 'equality', unique: false };
}

/**
 * As {@link equality}, and the database refuses a second row with the same value. Where values are
 * unique for each tenant, the tokens are too: they differ between tenants.
 *
 * @param options - As for {@link equality}.
 *
 * @example
 * ```ts
 * import { Encrypted, unique } from '@fieldseal/typeorm';
 *
 * class Card {
 *   @Encrypted({ normalize: 'digits', index: { numberToken: unique() } })
 *   number!: string;
 * }
 * ```
 */
export function unique(options: IndexOptions = {}): IndexKindOptions {
  return { ...options, kind: 'equality', unique: true };
}

/**
 * An index for lookups by the last four characters of a text.
 *
 * @param options - `acceptLeakage` is needed: whoever reads the table sees which rows share them.
 *
 * @example
 * ```ts
 * import { Encrypted, last4 } from '@fieldseal/typeorm';
 *
 * class Card {
 *   @Encrypted({ index: { numberLast4: last4({ acceptLeakage: 'shown on receipts' }) } })
 *   number!: string;
 * }
 * ```
 */
export function last4(options: IndexOptions): IndexKindOptions {
  return part('last4', options);
}

/**
 * An index for lookups by the first six characters of a text, such as the issuer of a card.
 *
 * @param options - As for {@link last4}.
 *
 * @example
 * ```ts
 * import { Encrypted, first6 } from '@fieldseal/typeorm';
 *
 * class Card {
 *   @Encrypted({ index: { issuerToken: first6({ acceptLeakage: 'routing' }) } })
 *   number!: string;
 * }
 * ```
 */
export function first6(options: IndexOptions): IndexKindOptions {
  return part('first6', options);
}

/**
 * An index for lookups by the year of a date or a time.
 *
 * @param options - As for {@link last4}.
 *
 * @example
 * ```ts
 * import { Encrypted, year } from '@fieldseal/typeorm';
 *
 * class Customer {
 *   @Encrypted({ type: 'date', index: { birthYear: year({ acceptLeakage: 'age groups' }) } })
 *   born!: Date;
 * }
 * ```
 */
export function year(options: IndexOptions): IndexKindOptions {
  return part('year', options);
}

/**
 * An index for lookups by a part of the value that a function of the application cuts out.
 *
 * @param name - Name of the part function, which the options of `fieldseal` register.
 * @param options - As for {@link last4}.
 *
 * @example
 * ```ts
 * import { Encrypted, part } from '@fieldseal/typeorm';
 *
 * class Company {
 *   @Encrypted({ index: { stateToken: part('state@1', { acceptLeakage: 'reports' }) } })
 *   taxNumber!: string;
 * }
 * ```
 */
export function part(name: string, options: IndexOptions): IndexKindOptions {
  return { ...options, kind: 'part', part: name, unique: false };
}
