import type { ManifestModel, ManifestTokenIndex } from '@fieldseal/core';
import type { EntityDraft } from './entity-draft.ts';
import type { ColumnMetadata } from './sealed-entities.ts';

/** The indexes over tokens of fields that are moving, as TypeORM's schema builder would make them. */
export function tokenIndexesOf({
  metadata,
  sealed,
}: EntityDraft): Pick<ManifestModel, 'tokenIndexes'> {
  const moving = sealed.filter(({ options }) => options.phase !== undefined);
  const tokens = new Set(moving.flatMap((draft) => draft.tokens.map(({ column }) => column)));
  const isOver = (columns: readonly ColumnMetadata[] = []): boolean =>
    columns.some((column) => tokens.has(column));
  const uniques = metadata.uniques.filter(({ columns }) => isOver(columns));
  const indices = metadata.indices.filter(({ columns }) => isOver(columns));
  const found = [
    ...uniques.map(({ name, columns }) => ({
      ...indexOf(name, columns, true),
      constraint: true as const,
    })),
    ...indices.map(({ name, columns = [], isUnique }) => indexOf(name, columns, isUnique)),
  ];
  return found.length === 0 ? {} : { tokenIndexes: found };
}

function indexOf(
  name: string,
  columns: readonly ColumnMetadata[],
  unique: boolean,
): ManifestTokenIndex {
  return { name, columns: columns.map(({ databaseName }) => databaseName), unique };
}
