import type { DataSource, ObjectLiteral, QueryRunner } from 'typeorm';
import type { LocatedRow, UpdateRow } from './update-row.ts';

/** The update's own condition and connection. */
export interface LocateStatement {
  readonly dataSource: DataSource;
  readonly queryRunner: QueryRunner | undefined;
  readonly table: string;
  where(): string;
  finish(sql: string): string;
  parameters(): ObjectLiteral;
  escape(name: string): string;
}

/**
 * Reads the key of the row that an update is about to hit, and the scope columns that it does not
 * name, on the connection of the update.
 * @returns at most two rows: two are one too many
 */
export async function locate(
  statement: LocateStatement,
  { entity, needsKey, key, missing }: UpdateRow,
): Promise<readonly LocatedRow[]> {
  const { dataSource } = statement;
  const columns = new Map<string, string>();
  if (needsKey && key === undefined) {
    for (const { name, column } of entity.keys) columns.set(name, column.databaseName);
  }
  for (const path of missing) columns.set(path, entity.column(path)?.databaseName ?? path);
  const list = [...columns.values()].map((name) => statement.escape(name)).join(', ');
  const where = statement.where();
  const sql = statement.finish(`SELECT DISTINCT ${list} FROM ${statement.table}${where} LIMIT 2`);
  const asked = statement.parameters();
  const [text, parameters] = dataSource.driver.escapeQueryWithParameters(sql, asked);
  const runner = statement.queryRunner ?? dataSource.createQueryRunner('master');
  try {
    const rows = (await runner.query(text, parameters)) as readonly Record<string, unknown>[];
    return rows.map((row) => new Map([...columns].map(([name, column]) => [name, row[column]])));
  } finally {
    if (runner !== statement.queryRunner) await runner.release();
  }
}
