import { randomUUID } from 'node:crypto';
import type { DataSource, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata, SealedEntity } from '../model/sealed-entities.ts';
import { equalityOf } from './scope-of.ts';

/** Primary-key values by name of the key column, as the database has them. */
export type RowKey = Readonly<Record<string, unknown>>;

/** A key value as it is written: transformers of the application are applied. */
function written(dataSource: DataSource, column: ColumnMetadata, value: unknown): unknown {
  return column.transformer === undefined
    ? value
    : dataSource.driver.preparePersistentValue(value, column);
}

/**
 * The key of a row that is inserted. Uuids that the database would make are made here: a cell that
 * is bound to its row needs the id before the insert.
 * @returns the key, unless a value is missing or an SQL expression; and the uuids that were made
 */
export function keyOfInsert(
  dataSource: DataSource,
  { keys }: SealedEntity,
  values: ObjectLiteral,
): { readonly key: RowKey | undefined; readonly made: ReadonlyMap<ColumnMetadata, string> } {
  const made = new Map<ColumnMetadata, string>();
  const key: Record<string, unknown> = {};
  for (const { column, name, generatesUuid } of keys) {
    let value: unknown = column.getEntityValue(values);
    if (value === undefined && generatesUuid) {
      const uuid = randomUUID();
      made.set(column, uuid);
      value = uuid;
    }
    key[name] = written(dataSource, column, value);
  }
  return { key: isComplete(key) ? key : undefined, made };
}

/** The key that a condition names by equality. */
export function keyInWhere(
  dataSource: DataSource,
  { keys }: SealedEntity,
  where: ObjectLiteral,
): RowKey | undefined {
  const key: Record<string, unknown> = {};
  for (const { column, name } of keys) {
    key[name] = written(dataSource, column, equalityOf(column.getEntityValue(where)));
  }
  return keys.length > 0 && isComplete(key) ? key : undefined;
}

function isComplete(key: RowKey): boolean {
  return Object.values(key).every(
    (value) => value !== undefined && value !== null && typeof value !== 'function',
  );
}
