import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import { OldTransformer } from '../annotation/old-transformer.ts';
import type { ColumnMetadata, SealedEntities } from '../model/sealed-entities.ts';

type Setter = (entity: ObjectLiteral, value: unknown) => void;

const setters = new WeakMap<ColumnMetadata, Setter>();

/**
 * Keeps token columns and old columns out of entities: TypeORM would set those that may be null to
 * null in every entity that it has saved.
 */
export function hideColumns(entities: SealedEntities, metadatas: readonly EntityMetadata[]): void {
  for (const metadata of metadatas) {
    const entity = entities.of(metadata);
    for (const column of [...(entity?.tokenOf.keys() ?? []), ...(entity?.oldOf.keys() ?? [])]) {
      setters.set(column, column.setEntityValue.bind(column));
      Object.assign(column, { setEntityValue: () => {} });
    }
    for (const column of entity?.oldOf.keys() ?? []) {
      Object.assign(column, { isSelect: false, transformer: new OldTransformer() });
    }
  }
}

/** Sets a value in our own copy of what is written. */
export function setColumn(column: ColumnMetadata, copy: ObjectLiteral, value: unknown): void {
  const set = setters.get(column);
  if (set === undefined) column.setEntityValue(copy, value);
  else set(copy, value);
}
