import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata, SealedEntities } from '../model/sealed-entities.ts';

type Setter = (entity: ObjectLiteral, value: unknown) => void;

const setters = new WeakMap<ColumnMetadata, Setter>();

/**
 * Keeps token columns out of entities: TypeORM would set those that may be null to null in every
 * entity that it has saved.
 */
export function hideTokens(entities: SealedEntities, metadatas: readonly EntityMetadata[]): void {
  for (const metadata of metadatas) {
    for (const column of entities.of(metadata)?.tokenOf.keys() ?? []) {
      setters.set(column, column.setEntityValue.bind(column));
      Object.assign(column, { setEntityValue: () => {} });
    }
  }
}

/** Sets a value in our own copy of what is written. */
export function setColumn(column: ColumnMetadata, copy: ObjectLiteral, value: unknown): void {
  const set = setters.get(column);
  if (set === undefined) column.setEntityValue(copy, value);
  else set(copy, value);
}
