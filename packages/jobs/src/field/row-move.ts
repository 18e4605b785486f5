import { createHash } from 'node:crypto';
import { invalidOption } from '../engine/invalid-option.ts';
import type { Session } from '../table/session.ts';
import type { FieldTarget } from './field-target.ts';
import { keyValue, scopesOf } from './page-query.ts';

/** Key columns, tenant and subject by the names of the application; bytes as `\x` and their digits. */
export type Place = Readonly<Record<string, string | number | bigint>>;

/** A row whose key, tenant or subject was changed behind Fieldseal. */
export interface RowMove {
  /** What it was before: only what has changed. */
  readonly from: Place;
  /** Its whole key as it is now. */
  readonly to: Place;
}

/** A move as the database spells it. */
export interface KnownMove {
  /** Text of the key columns now, in the order of the manifest. */
  readonly to: readonly string[];
  /** Text of the key columns before. */
  readonly keyBefore: readonly string[];
  /** What the row says of itself otherwise than the cell was sealed for, as the codec takes it. */
  readonly before: Readonly<Record<string, unknown>>;
}

/** @throws `ERR_CONFIG_INVALID` for names that are not of the key or the scope of the field */
export function checkMoves(target: FieldTarget, moves: readonly RowMove[]): void {
  const keys = target.model.primaryKey.map(({ name }) => name);
  const places = new Set([...keys, ...scopesOf(target)]);
  moves.forEach(({ from, to }, i) => {
    const isKey = keys.length === Object.keys(to).length && keys.every((name) => name in to);
    if (!isKey) throw invalidOption(`moves[${i}].to`, `Must name the key: ${keys.join(', ')}`);
    const before = Object.keys(from);
    if (before.length === 0 || before.some((name) => !places.has(name)))
      throw invalidOption(`moves[${i}].from`, `Must name some of ${[...places].join(', ')}`);
  });
}

/** Names a list of moves, so that a job of one list is not taken up for another. */
export function movesDigest(moves: readonly RowMove[]): string {
  const text = JSON.stringify(moves, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * Has the database spell the keys, as it does when it reads rows: uuids in lower case, no leading zeros.
 * @throws `ERR_CONFIG_INVALID` for two moves to one key
 * @returns moves by the JSON of the key now
 */
export async function knownMoves(
  session: Session,
  { model, table }: FieldTarget,
  moves: readonly RowMove[],
): Promise<ReadonlyMap<string, KnownMove>> {
  const lists = model.primaryKey.flatMap(({ name }) => [
    moves.map(({ to }) => String(to[name])),
    moves.map(({ from, to }) => String(from[name] ?? to[name])),
  ]);
  const columns = model.primaryKey.flatMap(({ column }, i) => {
    const type = table.types.get(column);
    return [`m.c${2 * i}::${type}::text AS n${i}`, `m.c${2 * i + 1}::${type}::text AS b${i}`];
  });
  const rows = await session.rows(
    `SELECT ${columns.join(', ')} FROM unnest(${lists.map((_, i) => `$${i + 1}::text[]`).join(', ')})
       WITH ORDINALITY AS m(${lists.map((_, i) => `c${i}`).join(', ')}, place) ORDER BY place`,
    lists,
  );
  const known = new Map<string, KnownMove>();
  rows.forEach((row, i) => {
    const to = model.primaryKey.map((_, k) => String(row[`n${k}`]));
    const keyBefore = model.primaryKey.map((_, k) => String(row[`b${k}`]));
    const before: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(moves[i]?.from ?? {})) before[name] = String(value);
    model.primaryKey.forEach((column, k) => {
      before[column.name] = keyValue(column, keyBefore[k] as string);
    });
    const name = JSON.stringify(to);
    // two moves of one row: nobody can tell which of them its cell is from
    if (known.has(name)) throw invalidOption(`moves[${i}].to`, 'Must not be named twice');
    known.set(name, { to, keyBefore, before });
  });
  return known;
}
