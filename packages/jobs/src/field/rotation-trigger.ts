import { createHash } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';
import type { Session } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import type { FieldTarget } from './field-target.ts';
import { rotationBody, type TokenColumn, type TriggerForm } from './rotation-body.ts';

/** The trigger that a table has while the indexes of a field rotate. */
export interface RotationTrigger {
  /**
   * The form that it has now, and whether it fires in every session, as it has to; `undefined` when there is none.
   * @throws `ERR_JOB_REFUSED` for another trigger of that name
   */
  read(): Promise<{ readonly form: TriggerForm; readonly isFiring: boolean } | undefined>;
  /**
   * Gives it a form, and makes it where it is missing or does not fire. No transaction that has written the table is
   * open at that moment.
   * @throws `ERR_DATABASE` with the reason `55P03` when others held the table for too long
   */
  set(form: TriggerForm): Promise<void>;
  /**
   * Takes it away, and says in the same moment that the job is done: one that still runs has a trigger.
   * @throws as `set`
   */
  drop(jobId: string): Promise<void>;
}

/** No longer than that the application waits behind us for whoever holds the table. */
const LOCK_TIMEOUT = '2s';

const FIND = `
SELECT (SELECT p.prosrc FROM pg_proc p WHERE p.oid = t.tgfoid) AS "body", t.tgenabled = 'A' AS "isFiring"
  FROM pg_trigger t WHERE t.tgrelid = to_regclass($1) AND t.tgname = $2`;

/**
 * One for all indexes of a field, which rotate together.
 * @param table - Quoted, with its schema.
 */
export function rotationTrigger(options: {
  readonly session: Session;
  readonly target: Pick<FieldTarget, 'model' | 'field'>;
  readonly table: string;
  readonly columns: readonly TokenColumn[];
}): RotationTrigger {
  const { session, target, table, columns } = options;
  const hash = createHash('sha256').update(target.field.id).digest('hex').slice(0, 16);
  const named = `fieldseal_jobs.rotate_${hash}`;
  const trigger = `fieldseal_rotate_${hash}`;
  const xid = `fieldseal_xid_${hash}`;
  const events = `INSERT OR UPDATE OF ${columns.map(({ column }) => quoted(column)).join(', ')}`;

  const makeTrigger = `CREATE TRIGGER ${trigger} BEFORE ${events} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${named}()`;

  /** Statements without parameters that are sent together are one transaction. */
  async function inOne(...statements: readonly string[]): Promise<void> {
    const limit = `SELECT set_config('lock_timeout', '${LOCK_TIMEOUT}', true)`;
    await session.rows([limit, ...statements].join(';\n'));
  }

  async function read(): ReturnType<RotationTrigger['read']> {
    const [found] = await session.rows(FIND, [table, trigger]);
    if (found === undefined) return undefined;
    const form = /^\s*-- (older|newer|last)\n/.exec(String(found.body))?.[1];
    if (form !== undefined) return { form: form as TriggerForm, isFiring: found.isFiring === true };
    const message = `${table} has a trigger ${trigger} that is not the one of a rotation`;
    throw new FieldsealError('ERR_JOB_REFUSED', message, { table });
  }

  /** A body is text: it learns the number of the transaction that makes it by being made in a block. */
  function makeFunction(form: TriggerForm): string {
    const setting = `fieldseal.kept_${hash}`;
    const body = rotationBody({ model: target.model, table, columns, form, xid, setting });
    const make = `CREATE OR REPLACE FUNCTION ${named}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp SET row_security = off AS ${quote(body, `body_${hash}`)}`;
    const run = `BEGIN EXECUTE replace(${quote(make, `make_${hash}`)}, '${xid}', pg_current_xact_id()::text); END`;
    return `DO ${quote(run, `run_${hash}`)}`;
  }

  return {
    read,
    async set(form) {
      const isThere = (await read()) !== undefined;
      await inOne(
        `LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`,
        makeFunction(form),
        // it runs with the rights of the owner; to fire it nobody needs a right
        `REVOKE ALL ON FUNCTION ${named}() FROM PUBLIC`,
        ...(isThere ? [] : [makeTrigger]),
        // also where a session skips triggers, or somebody has disabled all of the table
        `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`,
      );
    },
    drop: (jobId) =>
      inOne(
        `DROP TRIGGER IF EXISTS ${trigger} ON ${table}`,
        `DROP FUNCTION IF EXISTS ${named}()`,
        `UPDATE fieldseal_jobs.job SET state = 'done', updated_at = clock_timestamp()
          WHERE id = ${quote(jobId, 'job')}::uuid AND state IN ('running', 'paused')`,
      ),
  };
}

/** @throws `ERR_JOB_REFUSED` for a name of a column that would end the text */
function quote(text: string, name: string): string {
  const tag = `$fieldseal_${name}$`;
  if (!text.includes(tag)) return `${tag}${text}${tag}`;
  throw new FieldsealError('ERR_JOB_REFUSED', 'The name of a column cannot be quoted');
}
