import { FieldsealError } from '@fieldseal/core';
import type { EntityTarget } from 'typeorm';
import { Parameter } from '../annotation/parameter.ts';
import { notBound, redactedOnce } from './driver-value.ts';
import type { LookupParameter } from './lookup-parameter.ts';
import type { RowParameter } from './row-parameter.ts';

/** Whose value it is and which row it belongs to, where the field needs that. */
export interface SealedPlace {
  /** Primary-key values by property name; needed by row-bound fields. */
  readonly row?: Readonly<Record<string, unknown>>;
  readonly tenant?: string;
  readonly subject?: string;
}

export interface TokenOptions {
  /** `last4`, `first6` or `year`, where the token of a part is asked for instead of equality. */
  readonly part?: string;
  /** Of the index, where the ambient scope does not say it. */
  readonly tenant?: string;
}

/** What the application asked for; the data source that sends it knows what the field is. */
export type FieldQuestion =
  | { readonly kind: 'seal'; readonly place: SealedPlace }
  | { readonly kind: 'token'; readonly options: TokenOptions };

/** A parameter for SQL of the application, before it is known which data source sends it. */
export class FieldParameter extends Parameter {
  readonly target: EntityTarget<object>;
  readonly property: string;
  readonly question: FieldQuestion;
  readonly #value: unknown;
  #inner: RowParameter | LookupParameter | undefined;

  constructor(
    target: EntityTarget<object>,
    property: string,
    value: unknown,
    question: FieldQuestion,
  ) {
    super();
    if (value === null || value === undefined) {
      const message = `${property}: null needs neither cell nor token; ask for IS NULL`;
      throw new FieldsealError('ERR_VALUE_TYPE', message, { field: property });
    }
    this.target = target;
    this.property = property;
    this.question = question;
    this.#value = value;
  }

  get inner(): RowParameter | LookupParameter | undefined {
    return this.#inner;
  }

  resolve(make: (value: unknown) => RowParameter | LookupParameter): void {
    this.#inner = make(this.#value);
  }

  override toPostgres(): unknown {
    if (this.#inner === undefined) throw notBound();
    return this.#inner.toPostgres();
  }

  override toJSON(): string {
    return this.#inner?.toJSON() ?? redactedOnce();
  }
}

/**
 * The token of a value, as a parameter of SQL that the application writes itself.
 *
 * @param target - The entity.
 * @param property - Property of the sealed field; a path for embedded objects.
 * @throws `ERR_VALUE_TYPE` for null; when the statement is sent, `ERR_FIELD_UNKNOWN`,
 * `ERR_OPERATOR_UNSUPPORTED` where the field has no such index, `ERR_SCOPE_REQUIRED`
 *
 * @example
 * ```ts
 * import { token } from '@fieldseal/typeorm';
 *
 * const cards = await dataSource
 *   .createQueryBuilder(Card, 'card')
 *   .where('card.numberToken = :number', { number: token(Card, 'number', '4111 1111 1111 1111') })
 *   .getMany();
 * ```
 */
export function token(
  target: EntityTarget<object>,
  property: string,
  value: unknown,
  options: TokenOptions = {},
): Parameter {
  return new FieldParameter(target, property, value, { kind: 'token', options });
}

/**
 * The cell of a value, as a parameter of SQL that the application writes itself. Tokens have to be
 * written beside it.
 *
 * @param place - The row's key for a row-bound field, tenant and subject for a scoped one.
 * @throws as {@link token}; `ERR_ROW_UNKNOWN` when a row-bound field gets no row
 *
 * @example
 * ```ts
 * import { sealed, token } from '@fieldseal/typeorm';
 *
 * const number = '4111 1111 1111 1111';
 * await dataSource.query('UPDATE cards SET number = $1, "numberToken" = $2 WHERE id = $3', [
 *   sealed(Card, 'number', number, { row: { id: card.id } }),
 *   token(Card, 'number', number),
 *   card.id,
 * ]);
 * ```
 */
export function sealed(
  target: EntityTarget<object>,
  property: string,
  value: unknown,
  place: SealedPlace = {},
): Parameter {
  return new FieldParameter(target, property, value, { kind: 'seal', place });
}
