import type { ManifestModel } from '@fieldseal/core';
import { quoted } from '../table/sql-names.ts';
import type { IndexColumn } from '../table/unique-indexes.ts';

/**
 * What a trigger does with two tokens of one value, the older one in front:
 *
 * - `older`: keeps the older one.
 * - `newer`: keeps the newer one, and takes no single token.
 * - `last`: keeps the newer one, and single tokens as they come.
 */
export type TriggerForm = 'older' | 'newer' | 'last';

/** A column that a unique index compares besides the token, and how. */
export type SameColumn = Omit<IndexColumn, 'isGenerated'>;

/** A token column of an index that rotates. */
export interface TokenColumn {
  readonly column: string;
  /** Of one token: 32 or 16. */
  readonly bytes: number;
  /**
   * Columns that have to be equal besides for two rows to conflict, once for each unique index; empty
   * where no index is unique.
   */
  readonly uniques: readonly (readonly SameColumn[])[];
}

export interface BodyOptions {
  readonly model: Pick<ManifestModel, 'primaryKey'>;
  /** Quoted, with its schema. */
  readonly table: string;
  readonly columns: readonly TokenColumn[];
  readonly form: TriggerForm;
  /** Stands for the number of the transaction that makes the trigger. */
  readonly xid: string;
  /** Start of the names of settings in which a transaction keeps something. */
  readonly setting: string;
}

/** The body of the trigger's function. Its first line names its form. */
export function rotationBody(options: BodyOptions): string {
  const { columns, form } = options;
  // the block has a name, as a table may have a column `older`
  const declare = form === 'newer' ? '<<rotation>>\nDECLARE older bytea;\n' : '';
  const parts = columns.map((each, i) =>
    form === 'newer' ? newerPart(options, each, i) : part(form, each),
  );
  return ` -- ${form}\n${declare}BEGIN\n${parts.join('')}  RETURN NEW;\nEND `;
}

function part(form: 'older' | 'last', { column, bytes }: TokenColumn): string {
  const token = `NEW.${quoted(column)}`;
  const kept =
    form === 'older' ? `substr(${token}, 1, ${bytes})` : `substr(${token}, ${bytes + 1})`;
  return `  IF octet_length(${token}) = ${2 * bytes} THEN ${token} := ${kept}; END IF;\n`;
}

/**
 * What an INSERT keeps, `ON CONFLICT DO UPDATE` may write as `EXCLUDED`: that one token is known again.
 *
 * Both tokens are never what a row keeps, also where it has got them while the trigger was disabled.
 *
 * A row that has the older token is locked until our transaction ends, so that the job cannot move it away
 * from under the conflict: the row that is written gets the same token, and the unique index refuses it.
 */
function newerPart(options: BodyOptions, each: TokenColumn, i: number): string {
  const { xid, setting } = options;
  const { column, bytes } = each;
  const token = `NEW.${quoted(column)}`;
  const kept = `'${setting}_${i}'`;
  const isNew = `(${token} IS DISTINCT FROM OLD.${quoted(column)}
       AND encode(${token}, 'hex') IS DISTINCT FROM current_setting(${kept}, true))`;
  const isBoth = `octet_length(${token}) = ${2 * bytes}`;
  return `  IF ${token} IS NOT NULL AND (TG_OP = 'INSERT' OR ${isBoth} OR ${isNew}) THEN
    IF NOT ${isBoth} THEN
      RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE =
        'fieldseal: an index of this table rotates, and this process has not heard of it';
    END IF;
    IF NOT pg_visible_in_snapshot('${xid}'::xid8, pg_current_snapshot()) THEN
      RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE =
        'fieldseal: this transaction began before an index of this table was rotated';
    END IF;
    rotation.older := substr(${token}, 1, ${bytes});
    ${token} := substr(${token}, ${bytes + 1});
${each.uniques.map((others) => lookForOlder(options, each, others)).join('')}    IF TG_OP = 'INSERT' THEN
      PERFORM set_config(${kept}, encode(${token}, 'hex'), true);
    END IF;
  END IF;
`;
}

function lookForOlder(
  { model, table }: BodyOptions,
  { column }: TokenColumn,
  others: readonly SameColumn[],
): string {
  const conditions = [`t.${quoted(column)} = rotation.older`, ...others.map(isSame)].join(' AND ');
  const found = `PERFORM 1 FROM ${table} AS t WHERE ${conditions}`;
  return `    IF TG_OP = 'INSERT' THEN ${found} FOR NO KEY UPDATE;
    ELSE ${found} AND ${isOther(model)} FOR NO KEY UPDATE;
    END IF;
    IF FOUND THEN NEW.${quoted(column)} := rotation.older; END IF;
`;
}

/** As the index does it, which alone can say what it takes for equal, and then is of use for it. */
function isSame({ name, equality, type, collation }: SameColumn): string {
  const cast = type === null ? '' : `::${type}`;
  const collate = collation === null ? '' : ` COLLATE ${collation}`;
  return `t.${quoted(name)}${cast} OPERATOR(${equality}) NEW.${quoted(name)}${cast}${collate}`;
}

/** The same row has the same text, whatever its key's operators take for equal. */
function isOther({ primaryKey }: BodyOptions['model']): string {
  const key = (row: string): string =>
    `ROW(${primaryKey.map(({ column }) => `${row}.${quoted(column)}::text`).join(', ')})`;
  return `${key('t')} IS DISTINCT FROM ${key('OLD')}`;
}
