import type { DataSource } from 'typeorm';
import { Parameter } from '../annotation/parameter.ts';
import { contextOf } from '../query/query-context.ts';

/**
 * Postgres explains an error by the row or key that it is about, and some settings make it quote the
 * parameters. For tables with sealed columns, and statements with sealed parameters, that would put
 * cells, tokens and neighbouring values into errors and logs. So it would for tables that are no
 * entity: partitions, and what triggers write copies of a row to.
 */
export function hideDetail(
  dataSource: DataSource,
  error: unknown,
  parameters: readonly unknown[] = [],
): void {
  if (contextOf(dataSource) === undefined || typeof error !== 'object' || error === null) return;
  const { table } = error as { readonly table?: unknown };
  const isOpen = table === undefined || isUnsealed(dataSource, table);
  if (isOpen && !parameters.some((each) => each instanceof Parameter)) return;
  for (const name of ['detail', 'where', 'internalQuery']) {
    if (name in error) Object.assign(error, { [name]: undefined });
  }
}

/** Whether the only entities of that table have no sealed fields. */
function isUnsealed(dataSource: DataSource, table: unknown): boolean {
  const entities = contextOf(dataSource)?.entities;
  const named = dataSource.entityMetadatas.filter(({ tableName }) => tableName === table);
  return named.length > 0 && named.every((metadata) => entities?.of(metadata) === undefined);
}
