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
  const isCell =
    field.storage === 'text'
      ? `starts_with(${column}::text, 'fs1.')`
      : `octet_length(${column}) >= 60 AND get_byte(${column}, 0) = 245`;
  const missing = field.indexes.map((index) => `${quoted(index.column)} IS NULL`);
  const untokened = missing.length === 0 ? 'false' : missing.join(' OR ');
  const [row] = await session.rows(
    `SELECT count(*) FILTER (WHERE ${column} IS NULL) AS nulls,
            count(*) FILTER (WHERE ${column} IS NOT NULL AND ${isCell}) AS cells,
            count(*) FILTER (WHERE ${column} IS NOT NULL AND NOT (${isCell})) AS plaintext,
            count(*) FILTER (WHERE ${column} IS NOT NULL AND (${untokened})) AS untokened
       FROM ${tableName(model)}`,
  );
  const { cells, plaintext, nulls, untokened: lacking } = row as Readonly<Record<string, unknown>>;
  return {
    cells: Number(cells),
    plaintext: Number(plaintext),
    nulls: Number(nulls),
    untokened: Number(lacking),
  };
}
