import type { ManifestField, ManifestModel } from '@fieldseal/core';
import type { EntityMetadata } from 'typeorm';
import { columnAt, transformerOf } from './entity-draft.ts';
import { generatesUuid } from './key-facts.ts';
import type {
  ColumnMetadata,
  KeyColumn,
  SealedColumn,
  SealedEntity,
  SealedToken,
} from './sealed-entities.ts';

/**
 * Joins the metadata of one entity with its manifest model. A child has columns of its own for the
 * embedded objects of the table that it shares, and not all columns; so they are matched by their
 * database names.
 */
export function compileEntity(metadata: EntityMetadata, model: ManifestModel): SealedEntity {
  const columns = new Map(metadata.columns.map((column) => [column.databaseName, column]));
  const sealed = new Map<ColumnMetadata, SealedColumn>();
  const tokenOf = new Map<
    ColumnMetadata,
    { readonly sealed: SealedColumn; readonly index: SealedToken['index'] }
  >();
  for (const field of model.fields) {
    const column = columns.get(field.column);
    if (column === undefined || transformerOf(column) === undefined) continue;
    const tokens = tokensOf(field, columns);
    const old = columns.get(field.from?.column ?? '');
    const entry: SealedColumn = { column, field, model: model.name, tokens, old };
    sealed.set(column, entry);
    for (const { index, column: token } of tokens) tokenOf.set(token, { sealed: entry, index });
  }
  return {
    metadata,
    model: model.name,
    manifestModel: model,
    sealed,
    tokenOf,
    oldOf: new Map(
      [...sealed.values()].flatMap((entry) =>
        entry.old === undefined ? [] : [[entry.old, entry] as const],
      ),
    ),
    byPath: new Map([...sealed.values()].map((entry) => [entry.column.propertyPath, entry])),
    keys: keysOf(model, columns),
    column: (path) => columnAt(metadata, path),
  };
}

type Columns = ReadonlyMap<string, ColumnMetadata>;

function tokensOf(field: ManifestField, columns: Columns): readonly SealedToken[] {
  return field.indexes.flatMap((index) => {
    const column = columns.get(index.column);
    return column === undefined ? [] : [{ index, column }];
  });
}

function keysOf({ primaryKey }: ManifestModel, columns: Columns): readonly KeyColumn[] {
  return primaryKey.flatMap(({ name, column: databaseName }) => {
    const column = columns.get(databaseName);
    return column === undefined ? [] : [{ column, name, generatesUuid: generatesUuid(column) }];
  });
}
