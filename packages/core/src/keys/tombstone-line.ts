import { bytesFromHex, hexOf } from '../bytes/hex.ts';
import { checkColumns, columnsOf, integrityError } from './columns.ts';
import type { ControlRow } from './key-store.ts';

/** A tombstone as a line of text, to be kept outside of the database: its MAC comes along. */
export function tombstoneLine(row: ControlRow): string {
  const columns = columnsOf(row);
  return JSON.stringify({
    id: hexOf(columns.bytes('id')),
    kind: columns.text('kind'),
    reason: columns.optionalText('reason'),
    createdAt: String(columns.timestamp('created_at')),
    mac: hexOf(row.rowMac),
  });
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The row of such a line; its MAC is for the caller to verify.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function readTombstoneLine(line: string): ControlRow {
  const { id, kind, reason, createdAt, mac } = parsed(line) ?? {};
  const idBytes = bytesFromHex(id);
  const macBytes = bytesFromHex(mac);
  const isTime = typeof createdAt === 'string' && /^\d{1,19}$/.test(createdAt);
  const isReason = typeof reason === 'string' || reason === null;
  if (!idBytes || !macBytes || !isTime || !isReason || typeof kind !== 'string') {
    throw integrityError('A line is no tombstone', 'tombstone');
  }
  const columns = { id: idBytes, kind, reason, created_at: BigInt(createdAt) };
  const row = { table: 'tombstone', columns, rowMac: macBytes } as const;
  checkColumns(row);
  return row;
}
