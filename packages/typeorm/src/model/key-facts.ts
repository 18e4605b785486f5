import type { KeyColumnFacts, RowKeyType } from '@fieldseal/core';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from './sealed-entities.ts';

const ROW_KEY_TYPES: ReadonlyMap<unknown, RowKeyType> = new Map<unknown, RowKeyType>([
  [Number, 'int'],
  ['int', 'int'],
  ['integer', 'int'],
  ['int2', 'int'],
  ['int4', 'int'],
  ['int8', 'int'],
  ['smallint', 'int'],
  ['bigint', 'int'],
  ['uuid', 'uuid'],
  [String, 'text'],
  ['text', 'text'],
  ['varchar', 'text'],
  ['character varying', 'text'],
  ['bytea', 'bytes'],
]);

/** What identifies rows by a column of this type; `null` for types that rewrite what they are given. */
export function rowKeyType(column: ColumnMetadata): RowKeyType | null {
  // what a transformer of the application makes of the value cannot be told from the entity
  if (column.isArray || column.transformer !== undefined) return null;
  return ROW_KEY_TYPES.get(column.type) ?? null;
}

/** TypeORM makes the uuid in the database; the adapter makes it before, so that cells can be bound. */
export function generatesUuid({ isGenerated, generationStrategy }: ColumnMetadata): boolean {
  return isGenerated && generationStrategy === 'uuid';
}

/**
 * The name of a key column in the manifest. The hidden column of a relation has the name of the
 * relation, which can stand for several columns; it is named as the property behind it.
 */
export function keyName({ propertyPath, isVirtual, referencedColumn }: ColumnMetadata): string {
  if (!isVirtual || referencedColumn === undefined) return propertyPath;
  return `${propertyPath}.${referencedColumn.propertyPath}`;
}

/** The primary key of an entity, in the order of its properties. */
export function keyFacts(metadata: EntityMetadata): readonly KeyColumnFacts[] {
  const foreign = new Set(metadata.foreignKeys.flatMap(({ columns }) => columns));
  return metadata.primaryColumns.map((column) => ({
    name: keyName(column),
    column: column.databaseName,
    type: rowKeyType(column),
    isForeignKey: foreign.has(column) || column.relationMetadata !== undefined,
    isMadeByDatabase: isMadeByDatabase(column),
  }));
}

function isMadeByDatabase(column: ColumnMetadata): boolean {
  if (generatesUuid(column)) return false;
  const hasDefault = column.default !== undefined && column.default !== null;
  return hasDefault || column.isGenerated || column.asExpression !== undefined;
}
