import type { Row } from './orm-driver.ts';

/**
 * A row without what the two ORMs are known to differ in: bigint keys are BigInt in Prisma and text
 * in TypeORM, bytes are a Uint8Array or a Buffer, decimals an object or their text.
 */
export function comparableRow(row: Row | null | undefined): Row | undefined {
  if (row === null || row === undefined) return undefined;
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    name === 'id' ? String(value) : comparableValue(value),
  ]);
  return Object.fromEntries(entries);
}

/** In the order of their keys. */
export function comparableRows(rows: readonly Row[]): readonly (Row | undefined)[] {
  const text = (row: Row): string => String(row.id ?? `${String(row.shelf)}/${String(row.place)}`);
  return [...rows].sort((a, b) => (text(a) < text(b) ? -1 : 1)).map(comparableRow);
}

function comparableValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') };
  if (value instanceof Date) return { time: value.toISOString() };
  if (Array.isArray(value)) return value.map(comparableValue);
  if (typeof value !== 'object' || value === null) return value;
  if ('toFixed' in value) return String(value);
  return comparableRow(value as Row);
}
