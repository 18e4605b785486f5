import type { DataSource } from 'typeorm';
import { contextOf } from '../query/query-context.ts';

/**
 * Postgres explains an error by the row or key that it is about. For tables with sealed columns
 * that would put cells, tokens and neighbouring values into errors and logs.
 */
export function hideDetail(dataSource: DataSource, error: unknown): void {
  const context = contextOf(dataSource);
  if (context === undefined || typeof error !== 'object' || error === null) return;
  const { table } = error as { readonly table?: unknown };
  const isSealed = context.entities.manifest.models.some((model) => model.table === table);
  if (!isSealed) return;
  for (const name of ['detail', 'where', 'internalQuery']) {
    if (name in error) Object.assign(error, { [name]: undefined });
  }
}
