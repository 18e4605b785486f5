import { bytesFromHex, hexOf } from '../bytes/hex.ts';
import { checkColumns, columnsOf, integrityError } from './columns.ts';
import type { ControlRow } from './key-store.ts';
import { CONTROL_TABLES, type ColumnType, type ColumnValue } from './record-schema.ts';

const { columns: COLUMNS } = CONTROL_TABLES.slot;
const TIME = /^\d{1,19}$/;

function textOf(value: ColumnValue | undefined): unknown {
  if (value instanceof Uint8Array) return hexOf(value);
  return typeof value === 'bigint' ? String(value) : value;
}

function columnOf(type: ColumnType | undefined, given: unknown): unknown {
  if (given === null) return null;
  if (type === 'bytes') return bytesFromHex(given);
  if (type !== 'timestamp') return given;
  return typeof given === 'string' && TIME.test(given) ? BigInt(given) : undefined;
}

/** A slot as a line of text, to be kept outside of the database: its MAC comes along. */
export function slotLine(row: ControlRow): string {
  columnsOf(row);
  const columns = Object.entries(row.columns).map(([name, value]) => [name, textOf(value)]);
  return JSON.stringify({ ...Object.fromEntries(columns), mac: hexOf(row.rowMac) });
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/**
 * The row of such a line; its MAC is for the caller to verify.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function readSlotLine(line: string): ControlRow {
  const { mac, ...given } = parsed(line);
  const rowMac = bytesFromHex(mac);
  if (rowMac === undefined) throw integrityError('A line is no slot', 'slot');
  const columns = Object.entries(given).map(([name, value]) => [
    name,
    columnOf(Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : undefined, value),
  ]);
  const row: ControlRow = { table: 'slot', columns: Object.fromEntries(columns), rowMac };
  checkColumns(row);
  return row;
}
