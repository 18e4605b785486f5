import { controlJob, type JobProgress, rotateIndex, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import type { People } from './people-table.ts';
import {
  everyRowIsFound,
  find,
  HEAR,
  INDEXES,
  reached,
  sealedPeople,
  sealOne,
  tokensOf,
  triggers,
  UPDATE,
} from './rotated-people.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

async function people(): Promise<People> {
  const made = await sealedPeople();
  open.push(made);
  return made;
}

const SLOW = { ...HEAR, batchSize: 1, rowsPerSecond: 5 };

/** Cancels a rotation in its pass over the rows. */
async function cancelled(made: People): Promise<void> {
  const rotating = rotateIndex({ ...made.job, ...SLOW });
  const stopped = expect(rotating).rejects.toMatchObject({ code: 'ERR_JOB_STOPPED' });
  await controlJob(made.url, await reached(made, 'tokens'), 'cancel');
  await stopped;
}

async function enabled({ sql }: People): Promise<string> {
  const text = `SELECT tgenabled AS e FROM pg_trigger WHERE tgname LIKE 'fieldseal%'`;
  return (await sql.query(text)).rows[0].e;
}

async function tenantOf({ sql }: People, id: string): Promise<string> {
  return (await sql.query('SELECT tenant_id FROM people WHERE id = $1', [id])).rows[0].tenant_id;
}

describe.concurrent('a rotation', { timeout: 150_000 }, () => {
  test('is over for nobody while a transaction sees rows as they were', async () => {
    const made = await people();
    const { sql, keyring } = made;
    const [id, pan] = [...(await made.opened())].find(([, value]) => value !== null)!;
    const tenant = await tenantOf(made, id);
    const reader = await sql.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const asked = 'SELECT pan_token FROM people WHERE id = $1';
    const before = (await reader.query(asked, [id])).rows;
    // one that takes a new snapshot for each statement holds nothing up
    const idle = await sql.connect();
    await idle.query('BEGIN');
    await idle.query('SELECT pan_token FROM people');
    const rotating = rotateIndex({ ...made.job, ...HEAR });
    await reached(made, 'drain');
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    await reached(made, 'drain');
    expect((await reader.query(asked, [id])).rows).toEqual(before);
    expect(keyring.indexStateOf(INDEXES[0]!)).toBe('rotating');
    expect(await find(made, tenant, String(pan))).toEqual([id]);
    await reader.query('COMMIT');
    const endedAt = performance.now();
    await reached(made, 'last');
    expect(performance.now() - endedAt).toBeGreaterThan(9000);
    await idle.query('COMMIT');
    reader.release();
    idle.release();
    expect(await rotating).toMatchObject({ state: 'done' });
    await everyRowIsFound(made);
  });

  test('ends where one does so for longer than its patience, and goes on later', async () => {
    const made = await people();
    const reader = await made.sql.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT 1 FROM people LIMIT 1');
    const rotating = rotateIndex({ ...made.job, ...HEAR, patienceSeconds: 1 });
    await expect(rotating).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
      meta: { reason: 'READERS' },
    });
    expect(made.keyring.indexStateOf(INDEXES[0]!)).toBe('rotating');
    await reader.query('COMMIT');
    reader.release();
    expect(await rotateIndex({ ...made.job, ...HEAR })).toMatchObject({ state: 'done' });
    await everyRowIsFound(made);
  });

  test('makes its trigger anew that was disabled meanwhile, and mends what was written without', async () => {
    const made = await people();
    const { sql, codec } = made;
    await cancelled(made);
    await sql.query('ALTER TABLE people DISABLE TRIGGER ALL');
    const [id] = [...(await made.opened())].find(([, value]) => value !== null)!;
    const tenant = await tenantOf(made, id);
    const both = await sealOne(codec, id, tenant, '5000 0000 0009');
    await sql.query(UPDATE, [id, ...both]);
    expect(await find(made, tenant, '500000000009')).toEqual([]);
    const rotating = rotateIndex({ ...made.job, ...SLOW });
    await reached(made, 'drain');
    expect(await enabled(made)).toBe('A');
    expect(await rotating).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await find(made, tenant, '500000000009')).toEqual([id]);
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('does not end with a unique index that it cannot hold, made meanwhile', async () => {
    const made = await people();
    const rotating = rotateIndex({ ...made.job, ...SLOW });
    const refused = expect(rotating).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { index: 'odd' },
    });
    await reached(made, 'tokens');
    await made.sql.query('CREATE UNIQUE INDEX odd ON people (pan_token, version)');
    await refused;
    expect(made.keyring.indexStateOf(INDEXES[0]!)).toBe('rotating');
    await made.sql.query('DROP INDEX odd');
    // one that it can hold is looked after from then on
    await made.sql.query('CREATE UNIQUE INDEX even ON people (tenant_id, pan_token)');
    expect(await rotateIndex({ ...made.job, ...HEAR })).toMatchObject({ state: 'done' });
    await everyRowIsFound(made);
  });

  test('gives up where the database changes back what is written', async () => {
    const made = await people();
    await made.sql.query(`CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.pan_last4 = OLD.pan_last4; RETURN NEW; END';
      CREATE TRIGGER zz BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION back()`);
    const rotating = rotateIndex({ ...made.job, ...HEAR });
    await expect(rotating).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
      meta: { reason: 'REWRITTEN', table: '"people"' },
    });
    expect(made.keyring.indexStateOf(INDEXES[0]!)).toBe('rotating');
    await everyRowIsFound(made);
  });

  test('begins anew where an earlier one had done all but say so', async () => {
    const made = await people();
    const { jobId } = await rotateIndex({ ...made.job, ...HEAR });
    expect(await triggers(made)).toBe(0);
    const before = await tokensOf(made);
    await made.sql.query(
      `UPDATE fieldseal_jobs.job SET state = 'running', step = 'last', cursor = '["900"]' WHERE id = $1`,
      [jobId],
    );
    const told: JobProgress[] = [];
    const onProgress = (progress: JobProgress): void => {
      told.push(progress);
    };
    expect(await rotateIndex({ ...made.job, ...HEAR, onProgress })).toMatchObject({
      state: 'done',
    });
    const after = await tokensOf(made);
    for (const [id, token] of after) if (token !== null) expect(token).not.toBe(before.get(id));
    // what another run has waited is no wait of this one
    expect(told.filter(({ step }) => step === 'last').map(({ read }) => read)).toContain(1);
  });

  test('waits for what it has waited itself, not for what a clock says', async () => {
    const made = await people();
    const stop = new AbortController();
    const rotating = rotateIndex({ ...made.job, ...HEAR, signal: stop.signal });
    const stopped = expect(rotating).rejects.toMatchObject({ code: 'ERR_JOB_STOPPED' });
    await reached(made, 'hear');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    stop.abort();
    await stopped;
    await new Promise((resolve) => setTimeout(resolve, 8000));
    const again = performance.now();
    const second = rotateIndex({ ...made.job, ...HEAR });
    await reached(made, 'tokens');
    const waited = (performance.now() - again) / 1000;
    expect(waited).toBeGreaterThan(10);
    expect(waited).toBeLessThan(16);
    expect(await second).toMatchObject({ state: 'done' });
  });
});
