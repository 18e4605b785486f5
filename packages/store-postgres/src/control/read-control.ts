import {
  CONTROL_TABLES,
  type ControlRow,
  type ControlState,
  type ControlTable,
  type StoreHead,
} from '@fieldseal/core';
import type { Session } from '../connection/session.ts';
import { schemaError } from '../errors/driver-error.ts';
import { bytesFromHex, selectExpression } from '../rows/column-codec.ts';
import { qualified, sqlTable, toStoredRow } from '../rows/sql-table.ts';

const TABLES = (Object.keys(CONTROL_TABLES) as ControlTable[]).map(sqlTable);

function statements(schema: string): string[] {
  return TABLES.map(({ table, columns }) => {
    const list = columns.map(({ name, type }) => selectExpression(name, type)).join(', ');
    return `SELECT ${list} FROM ${qualified(schema, table)}`;
  });
}

function selectHead(schema: string): string {
  return `SELECT epoch::text AS epoch, pg_catalog.encode(digest, 'hex') AS digest,
pg_catalog.encode(mac, 'hex') AS mac FROM ${qualified(schema, 'head')}`;
}

function toHead({ epoch, digest, mac }: Readonly<Record<string, unknown>>): StoreHead {
  if (typeof epoch !== 'string' || typeof digest !== 'string' || typeof mac !== 'string') {
    throw schemaError('The key store answered in an unknown form', 'ENCODING');
  }
  return { epoch: BigInt(epoch), digest: bytesFromHex(digest), mac: bytesFromHex(mac) };
}

/** One repeatable-read transaction in one round trip: its first statement fixes the snapshot. */
function script(schema: string): string {
  return [
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    selectHead(schema),
    ...statements(schema),
    'COMMIT',
  ].join(';\n');
}

export async function readControl(session: Session, schema: string): Promise<ControlState | null> {
  const [, [head] = [], ...answers] = await session.script(script(schema));
  if (head === undefined) return null;
  const rows = TABLES.flatMap((table, i): ControlRow[] =>
    (answers[i] ?? []).map((row) => toStoredRow(table, row)),
  );
  return { head: toHead(head), rows };
}

export async function readControlHead(session: Session, schema: string): Promise<StoreHead | null> {
  const [head] = await session.rows(selectHead(schema));
  return head === undefined ? null : toHead(head);
}

export async function readEpoch(session: Session, schema: string): Promise<bigint | null> {
  const [head] = await session.rows(
    `SELECT epoch::text AS epoch FROM ${qualified(schema, 'head')}`,
  );
  return typeof head?.epoch === 'string' ? BigInt(head.epoch) : null;
}

/** Of the server, at the moment of the statement. */
export async function readTime(session: Session): Promise<bigint> {
  const [row] = await session.rows(
    'SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint::text AS now',
  );
  if (typeof row?.now !== 'string') throw schemaError('The key store gave no time', 'ENCODING');
  return BigInt(row.now);
}
