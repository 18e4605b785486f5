import { isDeepStrictEqual } from 'node:util';
import { type EntityMetadata, getMetadataArgsStorage } from 'typeorm';
import { annotationInvalid } from '../annotation/annotation-invalid.ts';
import { FieldTransformer } from '../annotation/field-transformer.ts';
import { transformerOf } from './entity-draft.ts';
import type { ColumnMetadata } from './sealed-entities.ts';

/**
 * Checks what other entities and relations do with sealed and token columns: a foreign key compares
 * values, and a second mapping of the column would write plaintext into it.
 *
 * @param metadatas - All entities of the data source.
 * @param reserved - Sealed columns and token columns.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID`
 */
export function checkNeighbours(
  metadatas: readonly EntityMetadata[],
  reserved: ReadonlySet<ColumnMetadata>,
): void {
  for (const metadata of metadatas) {
    for (const column of foreignColumns(metadata)) {
      if (reserved.has(column))
        throw invalid(
          column,
          'a column of a relation cannot be sealed: the database compares its values',
        );
    }
    checkDeclarations(metadata);
  }
  const places = new Map([...reserved].map((column) => [placeOf(column), column]));
  for (const column of metadatas.flatMap(({ columns }) => columns)) {
    const owner = places.get(placeOf(column));
    if (owner === undefined || reserved.has(column)) continue;
    const name = `${owner.entityMetadata.name}.${owner.propertyPath}`;
    throw invalid(column, `its database column is that of ${name}, which is sealed; remove one`);
  }
}

function foreignColumns(metadata: EntityMetadata): readonly ColumnMetadata[] {
  const relations = metadata.relations.flatMap(({ joinColumns, inverseJoinColumns }) => [
    ...joinColumns,
    ...inverseJoinColumns,
  ]);
  const keys = metadata.foreignKeys.flatMap((key) => [...key.columns, ...key.referencedColumns]);
  const referenced = relations.flatMap(({ referencedColumn }) => referencedColumn ?? []);
  return [...relations, ...referenced, ...keys];
}

/** One column has one annotation, also where children of one table declare the property apart. */
function checkDeclarations(metadata: EntityMetadata): void {
  for (const { target, propertyName, options } of getMetadataArgsStorage().columns) {
    const { transformer } = options;
    if (!(transformer instanceof FieldTransformer) || typeof target !== 'function') continue;
    if (!metadata.inheritanceTree.includes(target)) continue;
    const column = metadata.ownColumns.find((own) => own.propertyName === propertyName);
    const used = column === undefined ? undefined : transformerOf(column);
    if (used !== undefined && isDeepStrictEqual(used.annotation, transformer.annotation)) continue;
    throw annotationInvalid(
      target.name,
      propertyName,
      `another class of the table ${metadata.tableName} declares this property otherwise; they share the column`,
    );
  }
}

function placeOf({ databaseName, entityMetadata }: ColumnMetadata): string {
  return JSON.stringify([entityMetadata.tablePath, databaseName]);
}

function invalid(column: ColumnMetadata, reason: string): Error {
  return annotationInvalid(column.entityMetadata.name, column.propertyPath, reason);
}
