import type { ColumnOptions } from 'typeorm';
import type { EncryptedOptions, IndexKindOptions } from './annotation.ts';
import type { FieldTransformer } from './field-transformer.ts';
import { TokenTransformer } from './token-transformer.ts';

/**
 * The column of a sealed field. It always has an explicit type: what TypeORM would infer from the
 * property is the type of the plaintext.
 */
export function sealedColumnOptions(transformer: FieldTransformer): ColumnOptions {
  const { storage, length, name, nullable = false, select, comment } = transformer.annotation;
  return {
    type: storage === 'bytea' ? 'bytea' : length === undefined ? 'text' : 'varchar',
    nullable,
    ...(name === undefined ? {} : { name }),
    ...(length === undefined ? {} : { length }),
    ...(select === undefined ? {} : { select }),
    ...(comment === undefined ? {} : { comment }),
    transformer,
  };
}

/** What a token column has in common with the column of its field. */
export type Companion = Pick<ColumnOptions, 'nullable' | 'insert' | 'update'>;

export function companionOf({ nullable, insert, update }: ColumnOptions): Companion {
  return {
    ...(nullable === undefined ? {} : { nullable }),
    ...(insert === undefined ? {} : { insert }),
    ...(update === undefined ? {} : { update }),
  };
}

/** A hidden column for tokens: NULL exactly where the field is. */
export function tokenColumnOptions(sealed: Companion, { name }: IndexKindOptions): ColumnOptions {
  return {
    ...companionOf(sealed),
    type: 'bytea',
    select: false,
    ...(name === undefined ? {} : { name }),
    transformer: new TokenTransformer(),
  };
}

/** The indexes of an annotation, by the property name of their token column. */
export function indexesOf({
  index = {},
}: EncryptedOptions): readonly (readonly [property: string, kind: IndexKindOptions])[] {
  return Object.entries(index);
}
