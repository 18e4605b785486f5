import {
  createFieldCodec,
  type FieldCodecOptions,
  type FieldPhase,
  type ManifestField,
  type ManifestModel,
} from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { openSession, type Session } from '../table/session.ts';
import { quoted, tableName } from '../table/sql-names.ts';
import { isCellSql } from '../table/stored-text.ts';

/** What stands in the column of one field. */
export interface FieldStatus {
  /** `Model.field`. */
  readonly field: string;
  readonly fieldId: string;
  /** The phase that holds: the stricter of the next two. */
  readonly phase: FieldPhase;
  readonly accepted: FieldPhase;
  /** `undefined`: the key store does not know the field yet. */
  readonly stored: FieldPhase | undefined;
  readonly cells: number;
  /** In the field's own column, or in its old one. */
  readonly plaintext: number;
  readonly nulls: number;
  /** Rows with a value that lack one of their tokens. */
  readonly untokened: number;
}

export interface StatusOptions extends Omit<FieldCodecOptions, 'ambientScope'> {
  /** The application's database. */
  readonly database: string | ClientConfig;
}

/**
 * Counts cells and plaintext of every sealed field, by a scan of each table.
 * @throws `ERR_DATABASE`, `ERR_MANIFEST_INVALID`
 *
 * @example
 * ```ts
 * import { fieldStatus } from '@fieldseal/jobs';
 *
 * for (const { field, phase, cells, plaintext } of await fieldStatus({ database: url, keyring, manifest })) {
 *   process.stdout.write(`${field} ${phase} ${cells} ${plaintext}\n`);
 * }
 * ```
 */
export async function fieldStatus(options: StatusOptions): Promise<readonly FieldStatus[]> {
  const { database, ...given } = options;
  const codec = createFieldCodec({ ...given, ambientScope: () => ({}) });
  const session = await openSession(database);
  try {
    const found: FieldStatus[] = [];
    for (const model of codec.manifest.models.filter(({ view }) => view !== true)) {
      for (const field of model.fields) {
        found.push({
          field: `${model.name}.${field.name}`,
          fieldId: field.id,
          phase: codec.phaseOf(model.name, field.name) ?? 'sealed',
          accepted: field.phase ?? 'sealed',
          stored: options.keyring.phaseOf(field.id),
          ...(await countValues(session, model, field)),
        });
      }
    }
    return found;
  } finally {
    await session.close();
  }
}

type Counts = Pick<FieldStatus, 'cells' | 'plaintext' | 'nulls' | 'untokened'>;

/** One scan of a table. */
export async function countValues(
  session: Session,
  model: ManifestModel,
  field: ManifestField,
): Promise<Counts> {
  const column = quoted(field.column);
  const isCell = isCellSql(field);
  const missing = field.indexes.map((index) => `${quoted(index.column)} IS NULL`);
  const untokened = missing.length === 0 ? 'false' : missing.join(' OR ');
  const old = field.from === undefined ? undefined : quoted(field.from.column);
  const inColumn = `(${column} IS NOT NULL AND NOT (${isCell}))`;
  const isPlain = old === undefined ? inColumn : `(${inColumn} OR ${old} IS NOT NULL)`;
  const isNull = `${column} IS NULL${old === undefined ? '' : ` AND ${old} IS NULL`}`;
  const [row] = await session.rows(
    `SELECT count(*) FILTER (WHERE ${isNull}) AS nulls,
            count(*) FILTER (WHERE ${column} IS NOT NULL AND ${isCell}) AS cells,
            count(*) FILTER (WHERE ${isPlain}) AS plaintext,
            count(*) FILTER (WHERE NOT (${isNull}) AND (${untokened})) AS untokened
       FROM ${tableName(model)} AS t`,
  );
  const { cells, plaintext, nulls, untokened: lacking } = row as Readonly<Record<string, unknown>>;
  return {
    cells: Number(cells),
    plaintext: Number(plaintext),
    nulls: Number(nulls),
    untokened: Number(lacking),
  };
}
