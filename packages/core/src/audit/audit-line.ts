import { bytesFromHex, hexOf } from '../bytes/hex.ts';
import { checkColumns } from '../keys/columns.ts';
import type { AuditRow, CheckpointRow } from '../keys/key-store.ts';
import { AUDIT_TABLES, type ColumnType, type ColumnValue } from '../keys/record-schema.ts';

/** A row as JSON has it: bytes as hex, whole numbers beyond 2^53 as text. */
export type PlainAuditRow = Readonly<Record<string, string | number | boolean | null>>;

function plainValue(value: ColumnValue): string | number | boolean | null {
  if (value instanceof Uint8Array) return hexOf(value);
  return typeof value === 'bigint' ? String(value) : value;
}

/** The row's table, its columns by name, and its MAC. */
export function plainRow(row: AuditRow | CheckpointRow): PlainAuditRow {
  const columns = Object.keys(AUDIT_TABLES[row.table].columns).map((name) => [
    name,
    plainValue(row.columns[name] ?? null),
  ]);
  return { table: row.table, ...Object.fromEntries(columns), row_mac: hexOf(row.rowMac) };
}

/** One line of JSON, without the line's end: what files have, and what auditors take away. */
export function auditLine(row: AuditRow | CheckpointRow): string {
  return JSON.stringify(plainRow(row));
}

function columnValue(type: ColumnType, value: unknown): ColumnValue | undefined {
  if (value === null) return null;
  if (type === 'bytes') return bytesFromHex(value);
  if (type === 'bigint' || type === 'timestamp') {
    return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined;
  }
  return value as ColumnValue;
}

/** Reads a line of {@link auditLine}; `null` for anything else. */
export function parseAuditLine(line: string): AuditRow | CheckpointRow | null {
  try {
    const value: unknown = JSON.parse(line);
    const { table, row_mac, ...rest } = value as Record<string, unknown>;
    if (table !== 'audit_entry' && table !== 'audit_checkpoint') return null;
    const columns = Object.entries(AUDIT_TABLES[table].columns).map(([name, type]) => [
      name,
      columnValue(type, rest[name]),
    ]);
    const rowMac = bytesFromHex(row_mac);
    if (rowMac === undefined) return null;
    const row = { table, columns: Object.fromEntries(columns), rowMac } as AuditRow;
    checkColumns(row);
    return row;
  } catch {
    return null;
  }
}
