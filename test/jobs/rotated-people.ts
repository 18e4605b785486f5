import type { FieldCodec, Predicate } from '@fieldseal/core';
import { encryptExisting, listJobs } from '@fieldseal/jobs';
import { expect } from 'vitest';
import { createPeople, type Key, type People } from './people-table.ts';

export const INDEXES = ['people.pan.equality', 'people.pan.last4'];
/** Everybody in these tests hears at once. */
export const HEAR = { hearSeconds: 16 };

/** A table of cells, whose index over `pan_token` is unique. */
export async function sealedPeople(
  options: {
    readonly key?: readonly Key[];
    readonly more?: string;
    readonly url?: string;
    readonly rows?: number;
  } = {},
): Promise<People> {
  const made = await createPeople({ phase: 'migrating', rows: 40, ...options });
  await encryptExisting(made.job);
  return made;
}

/** Ids of the rows of a tenant that have a value, asked as an adapter asks. */
export async function find({ codec, sql }: People, tenant: string, pan: string): Promise<string[]> {
  const call = codec.call('Person.findMany');
  let asked: Predicate | undefined;
  const op = { model: 'Person', field: 'pan', operator: 'equals', operand: pan, tenant } as const;
  call.lookup(op, (predicate) => {
    asked = predicate;
  });
  await call.run();
  const { rows } = await sql.query(
    'SELECT id::text FROM people WHERE tenant_id = $1 AND pan_token = ANY ($2)',
    [tenant, asked!.tokens],
  );
  return rows.map(({ id }) => id);
}

export async function sealOne(codec: FieldCodec, id: string, tenantId: string, pan: string) {
  const target: Record<string, unknown> = { pan };
  const call = codec.call('Person.update');
  call.seal({ model: 'Person', target, row: { id, tenantId }, scope: { tenant: tenantId } });
  await call.run();
  return [target.pan, target.panToken, target.panLast4];
}

export const UPDATE = 'UPDATE people SET pan = $2, pan_token = $3, pan_last4 = $4 WHERE id = $1';
export const INSERT =
  'INSERT INTO people (id, tenant_id, pan, pan_token, pan_last4) VALUES ($1, $2, $3, $4, $5)';

export async function tokensOf({ sql }: People): Promise<Map<string, string>> {
  const { rows } = await sql.query(
    `SELECT id::text, encode(pan_token, 'hex') AS token FROM people`,
  );
  return new Map(rows.map(({ id, token }) => [id, token]));
}

export async function triggers({ sql }: People): Promise<number> {
  const { rows } = await sql.query(
    `SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'fieldseal%')
          + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'rotate_%') AS n`,
  );
  return Number(rows[0].n);
}

export async function everyRowIsFound(made: People): Promise<void> {
  const { rows } = await made.sql.query('SELECT id::text, tenant_id FROM people');
  const tenants = new Map(rows.map(({ id, tenant_id }) => [id, tenant_id]));
  for (const [id, value] of await made.opened()) {
    if (value === null) continue;
    expect(await find(made, tenants.get(id), String(value))).toEqual([id]);
  }
}

/** Waits until the job is at a step. */
export async function reached(made: People, step: string): Promise<string> {
  for (;;) {
    const [job] = (await listJobs(made.url)).filter(({ kind }) => kind === 'rotate-index');
    if (job?.step === step) return job.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
