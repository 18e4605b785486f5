import type { ColumnOptions } from 'typeorm';
import type { EncryptedOptions, IndexKindOptions } from './annotation.ts';
import { FieldTransformer } from './field-transformer.ts';
import { TokenTransformer } from './token-transformer.ts';

/**
 * The column of a sealed field. It always has an explicit type: what TypeORM would infer from the
 * property is the type of the plaintext.
 */
export function sealedColumnOptions(transformer: FieldTransformer): ColumnOptions {
  const { storage, length, name, nullable = false, select, comment, from } = transformer.annotation;
  return {
    type: storage === 'bytea' ? 'bytea' : length === undefined ? 'text' : 'varchar',
    // NULL where the old column has the value
    nullable: nullable || from !== undefined,
    ...(name === undefined ? {} : { name }),
    ...(length === undefined ? {} : { length }),
    ...(select === undefined ? {} : { select }),
    ...(comment === undefined ? {} : { comment }),
    transformer,
  };
}

/** What a token column has in common with the column of its field. */
export type Companion = Pick<ColumnOptions, 'nullable' | 'insert' | 'update'>;

/** Whether rows may have a value and no token: until the field is sealed, tokens come later. */
export function mayLackTokens({ phase }: EncryptedOptions): boolean {
  return phase === 'plain' || phase === 'migrating';
}

export function companionOf(sealed: ColumnOptions): Companion {
  const { insert, update, transformer } = sealed;
  const isOpen = transformer instanceof FieldTransformer && mayLackTokens(transformer.annotation);
  const nullable = isOpen ? true : sealed.nullable;
  return {
    ...(nullable === undefined ? {} : { nullable }),
    ...(insert === undefined ? {} : { insert }),
    ...(update === undefined ? {} : { update }),
  };
}

/** A hidden column for tokens: NULL exactly where the field is, once the field is sealed. */
export function tokenColumnOptions(
  sealed: ColumnOptions,
  { name }: IndexKindOptions,
): ColumnOptions {
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
