import type { DataSource, ObjectLiteral, QueryBuilder } from 'typeorm';
import type { SealedEntity } from '../model/sealed-entities.ts';
import { escaped, type NamedEntity } from './guard-text.ts';
import { contextOf, sealedEntity } from './query-context.ts';

/** The entities with sealed fields in a statement, by the names that their columns have there. */
export function aliasesOf(builder: QueryBuilder<ObjectLiteral>): readonly NamedEntity[] {
  return builder.expressionMap.aliases.flatMap((alias): readonly NamedEntity[] => {
    const entity = alias.hasMetadata
      ? sealedEntity(builder.dataSource, alias.metadata)
      : entityOfTable(builder.dataSource, alias.tablePath);
    if (entity === undefined) return [];
    // writes have no alias: their columns are named by the table
    const names = new Set([alias.name, entity.metadata.tableName]);
    return [...names].map((name) => [name, entity]);
  });
}

/** The entity whose table text names, with or without quotes and schema. */
export function entityOfTable(
  dataSource: DataSource,
  named: string | undefined,
): SealedEntity | undefined {
  const table = named?.replaceAll('"', '').split('.').at(-1);
  const metadata = dataSource.entityMetadatas.find(({ tableName }) => tableName === table);
  return sealedEntity(dataSource, metadata);
}

/** The entities whose tables a whole statement reads that is given as text. */
export function aliasesInText(dataSource: DataSource, text: string): readonly NamedEntity[] {
  const tables = contextOf(dataSource)?.entities.manifest.models.map(({ table }) => table) ?? [];
  return [...new Set(tables)].flatMap((table): readonly NamedEntity[] => {
    const entity = entityOfTable(dataSource, table);
    if (entity === undefined) return [];
    const found = [...text.matchAll(tablePattern(table))];
    const aliases = found.flatMap(([, alias]) => [table, alias ?? []].flat());
    return [...new Set(aliases)].map((alias) => [alias, entity]);
  });
}

function tablePattern(table: string): RegExp {
  const before = String.raw`(?:\b(?:from|join|only|into|update)|,)\s+(?:"?[\p{L}\p{N}_$]+"?\.)?`;
  const alias = String.raw`(?:\s+(?:as\s+)?"?([\p{L}_][\p{L}\p{N}_$]*)"?)?`;
  return new RegExp(`${before}"?${escaped(table)}"?(?![\\p{L}\\p{N}_$])${alias}`, 'giu');
}
