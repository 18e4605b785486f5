import type { DataSource } from 'typeorm';
import { Parameter } from '../annotation/parameter.ts';
import { contextOf } from '../query/query-context.ts';

/**
 * Postgres explains an error by the row or key that it is about, and some settings make it quote the
 * parameters. For tables with sealed columns, and statements with sealed parameters, that would put
 * cells, tokens and neighbouring values into errors and logs.
 */
export function hideDetail(
  dataSource: DataSource,
  error: unknown,
  parameters: readonly unknown[] = [],
): void {
  const context = contextOf(dataSource);
  if (context === undefined || typeof error !== 'object' || error === null) return;
  const { table } = error as { readonly table?: unknown };
  const isTable = context.entities.manifest.models.some((model) => model.table === table);
  if (!isTable && !parameters.some((each) => each instanceof Parameter)) return;
  for (const name of ['detail', 'where', 'internalQuery']) {
    if (name in error) Object.assign(error, { [name]: undefined });
  }
}
