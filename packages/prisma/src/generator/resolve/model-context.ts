import type { DMMF } from '@prisma/generator-helper';
import type { EncryptedOptions } from '../annotation/encrypted-options.ts';
import type { TokenOptions } from '../annotation/token-options.ts';
import type { Problems, SourcePlace } from '../problem.ts';
import type { SourceBlock, SourceStatement } from '../source/schema-source.ts';

/** A field with `@encrypted`, before anything is checked against the rest of the schema. */
export interface SealedDraft extends SourcePlace {
  readonly field: DMMF.Field;
  readonly statement: SourceStatement;
  /** Options of the field, completed with the defaults of its model. */
  readonly options: EncryptedOptions;
}

/** A field with `@token`. */
export interface TokenDraft extends SourcePlace {
  readonly field: DMMF.Field;
  readonly statement: SourceStatement;
  readonly options: TokenOptions;
}

/** One model with its annotations, its indexes and where they stand in the files. */
export interface ModelContext {
  readonly model: DMMF.Model;
  readonly block: SourceBlock;
  readonly indexes: readonly DMMF.Index[];
  readonly sealed: readonly SealedDraft[];
  readonly tokens: readonly TokenDraft[];
  /** Fields of this model that foreign keys, here or elsewhere, consist of or refer to. */
  readonly relationFields: ReadonlySet<string>;
  readonly problems: Problems;
}

/** Where a field stands; the model's own line when it has none. */
export function placeOfField({ block }: ModelContext, name: string): SourcePlace {
  return block.statements.find((statement) => statement.name === name) ?? block;
}
