import { encryptExisting, reEncrypt, rotateIndex, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import type { People } from './people-table.ts';
import { everyRowIsFound, HEAR, INSERT, reached, sealedPeople, sealOne } from './rotated-people.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

async function people(more?: string): Promise<People> {
  const made = await sealedPeople(more === undefined ? {} : { more });
  open.push(made);
  return made;
}

/** The last row of a tenant: a slow pass comes to it late. */
async function lastOf({ sql }: People, tenant: string): Promise<string> {
  const { rows } = await sql.query(
    'SELECT id::text FROM people WHERE tenant_id = $1 AND pan IS NOT NULL ORDER BY id DESC LIMIT 1',
    [tenant],
  );
  return rows[0].id;
}

const SLOW = { ...HEAR, batchSize: 1, rowsPerSecond: 5 };

describe.concurrent('while the indexes of a field rotate', { timeout: 240_000 }, () => {
  test('many upserts of one value at once are one after the other, and none is a deadlock', async () => {
    const made = await people();
    const { sql, codec } = made;
    const id = await lastOf(made, 't1');
    const pan = String((await made.opened()).get(id));
    const rotating = rotateIndex({ ...made.job, ...SLOW });
    await reached(made, 'tokens');
    const upsert = `${INSERT} ON CONFLICT (pan_token) DO UPDATE SET version = people.version + 1 RETURNING id::text`;
    const given = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const other = `0190f1c2-0000-7000-8000-0000000000${n + 10}`;
        return [other, 't1', ...(await sealOne(codec, other, 't1', pan))];
      }),
    );
    const upserted = await Promise.all(given.map((values) => sql.query(upsert, values)));
    expect(upserted.map(({ rows }) => rows[0].id)).toEqual(given.map(() => id));
    const { rows } = await sql.query('SELECT version FROM people WHERE id = $1', [id]);
    expect(rows).toEqual([{ version: 21 }]);
    expect(await rotating).toMatchObject({ state: 'done', problemCount: 0 });
    await everyRowIsFound(made);
  });

  test.each([
    [
      'a type of an extension',
      `CREATE EXTENSION citext; ALTER TABLE people ALTER tenant_id TYPE citext`,
    ],
    [
      'a collation that knows no case',
      `CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       ALTER TABLE people ALTER tenant_id TYPE varchar(20) COLLATE caseless`,
    ],
    ['a plain one', 'SELECT 1'],
  ])('a value stays unique beside a tenant of %s, by way of the index', async (_name, more) => {
    const made = await people(`${more}; ALTER TABLE people DROP CONSTRAINT people_pan_token_key;
      CREATE UNIQUE INDEX one_each ON people (tenant_id, pan_token)`);
    const { sql, codec } = made;
    const id = await lastOf(made, 't1');
    const pan = String((await made.opened()).get(id));
    const rotating = rotateIndex({ ...made.job, ...SLOW });
    await reached(made, 'tokens');
    const other = '0190f1c2-0000-7000-8000-00000000000a';
    const values = [other, 't1', ...(await sealOne(codec, other, 't1', pan))];
    const isTwice = { code: '23505', constraint: 'one_each' };
    await expect(sql.query(INSERT, values)).rejects.toMatchObject(isTwice);
    if (more !== 'SELECT 1') {
      const spelled = values.with(1, 'T1');
      await expect(sql.query(INSERT, spelled)).rejects.toMatchObject(isTwice);
    }
    const client = await sql.connect();
    try {
      await client.query('BEGIN; SET LOCAL enable_seqscan = off');
      const scans = `SELECT pg_stat_get_xact_numscans('one_each'::regclass)::int AS "index",
        pg_stat_get_xact_numscans('people'::regclass)::int AS "table"`;
      const before = (await client.query(scans)).rows[0];
      const fresh = [other, 't1', ...(await sealOne(codec, other, 't1', '9000 0000 0001'))];
      await client.query(INSERT, fresh);
      const after = (await client.query(scans)).rows[0];
      expect(after).toEqual({ index: before.index + 1, table: before.table });
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    expect(await rotating).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('triggers of the table are skipped for rows, and the one of the rotation is not', async () => {
    const made = await people(`CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.updated_at = now(); RETURN NEW; END';
      CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();`);
    const job = { ...made.job, skipTriggers: ['touched'] };
    const times = 'SELECT updated_at FROM people ORDER BY id';
    const before = (await made.sql.query(times)).rows;
    const rotating = rotateIndex({ ...job, ...SLOW });
    await reached(made, 'tokens');
    // whoever may call it by itself could do so with the rights of the table's owner
    const { rows } = await made.sql.query(
      `SELECT count(*) FILTER (WHERE has_function_privilege('public', p.oid, 'EXECUTE'))::int AS open,
              count(*)::int AS n FROM pg_proc p WHERE p.proname LIKE 'rotate\\_%'`,
    );
    expect(rows).toEqual([{ open: 0, n: 1 }]);
    expect(await rotating).toMatchObject({ state: 'done', problemCount: 0 });
    expect((await made.sql.query(times)).rows).toEqual(before);
    await everyRowIsFound(made);
    expect(await verifyField(job)).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('a job that skips triggers goes on beside one that always fires', async () => {
    const made = await people(`CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.version = NEW.version + 1; RETURN NEW; END';
      CREATE TRIGGER counted BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
      ALTER TABLE people ENABLE ALWAYS TRIGGER counted;`);
    await made.sql.query('UPDATE people SET version = 1');
    const job = { ...made.job, skipTriggers: ['touched'] };
    // all cells anew, as after a rotation of their key
    await made.keyring.rotateKey('alias/kyc');
    expect(await reEncrypt({ ...job, settleMs: 0 })).toMatchObject({ state: 'done' });
    const { rows } = await made.sql.query(
      'SELECT DISTINCT version FROM people WHERE pan IS NOT NULL',
    );
    // 1 + 2 by the statement, and once by the job
    expect(rows).toEqual([{ version: 4 }]);
    await made.sql.query(`ALTER TABLE people ENABLE REPLICA TRIGGER counted`);
    await expect(encryptExisting(job)).rejects.toMatchObject({ code: 'ERR_JOB_REFUSED' });
  });
});
