import {
  controlJob,
  encryptExisting,
  type JobProgress,
  listJobs,
  verifyField,
} from '@fieldseal/jobs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createPeople, KEYS, type People, panOf, peopleManifest } from './people-table.ts';

const open: People[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

async function people(options?: Parameters<typeof createPeople>[0]): Promise<People> {
  const made = await createPeople(options);
  open.push(made);
  return made;
}

/** Migrating from the start: no process has to hear of a change of phase first. */
const quickly = { phase: 'migrating' } as const;

async function cells({ sql }: People): Promise<number> {
  const { rows } = await sql.query(`SELECT count(*)::int AS n FROM people WHERE pan LIKE 'fs1.%'`);
  return rows[0].n;
}

describe('a column of plaintext', () => {
  test('goes from plain to sealed, with every value as it was', { timeout: 60_000 }, async () => {
    const made = await people();
    const before = await made.opened();
    const steps: JobProgress[] = [];
    const report = await encryptExisting({ ...made.job, onProgress: (step) => steps.push(step) });
    expect(report).toMatchObject({ state: 'done', phase: 'migrating', problemCount: 0 });
    expect(report.estimate).toBeNull();
    expect([...new Set(steps.map(({ step }) => step))]).toEqual([
      'check',
      'tokens',
      'cells',
      'verify',
    ]);
    expect(await cells(made)).toBe(45);
    expect(await made.opened()).toEqual(before);
    await made.keyring.setPhase('people.pan', 'sealed');
    expect(await made.opened()).toEqual(before);
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    const { rows } = await made.sql.query(
      `SELECT count(*)::int AS n FROM people WHERE (pan IS NULL) <> (pan_token IS NULL)
         OR (pan IS NULL) <> (pan_last4 IS NULL)`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  test.each(Object.keys(KEYS))('is sealed under a primary key of type %s', async (name) => {
    const made = await people({ ...quickly, key: KEYS[name]!, rows: 30 });
    const before = await made.opened();
    const report = await encryptExisting(made.job);
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await cells(made)).toBe(27);
    expect(await made.opened()).toEqual(before);
  });

  test('keeps updated_at, version columns and triggers that are named', async () => {
    const trigger = `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN NEW.updated_at = clock_timestamp(); NEW.version = OLD.version + 1; RETURN NEW; END$$;
      CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE TRIGGER again BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();`;
    const made = await people({ ...quickly, more: trigger });
    const look = async () =>
      (await made.sql.query('SELECT id, updated_at, version FROM people ORDER BY id')).rows;
    const before = await look();
    const refused = { code: 'ERR_JOB_REFUSED', message: expect.stringContaining('again') };
    const few = encryptExisting({ ...made.job, skipTriggers: ['touched'] });
    await expect(few).rejects.toMatchObject(refused);
    const wrong = encryptExisting({ ...made.job, skipTriggers: ['nobody'] });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_JOB_REFUSED' });
    await encryptExisting({ ...made.job, skipTriggers: ['touched', 'again'] });
    expect(await look()).toEqual(before);
    expect(await cells(made)).toBe(45);
  });

  test.each([
    ['begins as a cell does', {}, 'fs1.hello', 'starts-as-cell'],
    ['is no date', { type: 'date', indexes: [] }, '17/05/1990', 'not-of-type'],
  ] as const)(
    'is refused, with nothing changed, when a value %s',
    async (_n, field, value, code) => {
      const others = code === 'not-of-type' ? day : panOf;
      const made = await people({ field, textOf: (n) => (n === 20 ? value : others(n)) });
      const before = (await made.sql.query('SELECT * FROM people ORDER BY id')).rows;
      const id = before.find(({ pan }) => pan === value).id;
      const report = await encryptExisting(made.job);
      expect(report).toMatchObject({
        state: 'refused',
        phase: 'plain',
        problems: [{ row: id, code }],
      });
      expect(JSON.stringify(report)).not.toContain(value);
      expect((await made.sql.query('SELECT * FROM people ORDER BY id')).rows).toEqual(before);
    },
  );

  test('is refused when it is too short for cells', async () => {
    const made = await people({ ...quickly, rows: 1 });
    await made.sql.query('ALTER TABLE people ALTER pan TYPE varchar(40)');
    await expect(encryptExisting(made.job)).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
    });
  });

  test('is only looked at in a dry run', async () => {
    const made = await people();
    const before = (await made.sql.query('SELECT * FROM people ORDER BY id')).rows;
    const report = await encryptExisting({ ...made.job, dryRun: true });
    expect(report).toMatchObject({ jobId: null, state: 'done', phase: 'plain' });
    const read = report.steps.reduce((sum, step) => sum + step.read, 0);
    expect(read).toBe(3 * 45);
    expect(report.estimate).toMatchObject({ rows: read });
    expect((await made.sql.query('SELECT * FROM people ORDER BY id')).rows).toEqual(before);
    const tables = await made.sql.query(`SELECT to_regclass('fieldseal_jobs.job') AS made`);
    expect(tables.rows).toEqual([{ made: null }]);
  });

  test('is refused by a manifest that takes nothing but cells, and no job is left', async () => {
    const made = await people();
    const job = encryptExisting({ ...made.job, manifest: peopleManifest(undefined) });
    await expect(job).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { reason: 'sealed' },
    });
    expect(await listJobs(made.url)).toEqual([]);
  });
});

describe('what the application does meanwhile', () => {
  test('wins over the job, which waits for it and then leaves its row alone', async () => {
    const made = await people(quickly);
    const writer = await made.sql.connect();
    await writer.query('BEGIN');
    const { rows } = await writer.query(
      `UPDATE people SET pan = '7777 6666' WHERE pan = $1 RETURNING id`,
      [panOf(20)],
    );
    const job = encryptExisting({ ...made.job, batchSize: 50 });
    await vi.waitFor(
      async () => {
        const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE application_name = 'fieldseal-jobs' AND wait_event_type = 'Lock'
            AND datname = current_database()`;
        expect((await made.sql.query(waiting)).rows).toEqual([{ n: 1 }]);
      },
      { timeout: 10_000 },
    );
    await writer.query('COMMIT');
    writer.release();
    expect(await job).toMatchObject({ state: 'done' });
    // the pass that followed has sealed the application's value
    expect((await made.opened()).get(rows[0].id)).toBe('7777 6666');
    expect(await cells(made)).toBe(45);
  });

  test('an old version that writes plaintext is found by verify, by the key of the row', async () => {
    const made = await people(quickly);
    await encryptExisting(made.job);
    const { rows } = await made.sql.query(
      `UPDATE people SET pan = '9999 8888', pan_token = NULL, pan_last4 = NULL
        WHERE id = (SELECT id FROM people LIMIT 1) RETURNING id`,
    );
    const report = await verifyField(made.job);
    expect(report).toMatchObject({
      state: 'refused',
      problems: [{ row: rows[0].id, code: 'plaintext' }],
    });
    expect(await encryptExisting(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('a duplicate that it wrote is reported, and all others are sealed', async () => {
    const made = await people(quickly);
    await made.sql.query(`UPDATE people SET tenant_id = 't0'`);
    await made.sql.query(
      `UPDATE people SET pan = '4111 11110000 0000' WHERE id = (SELECT id FROM people WHERE pan = $1)`,
      [panOf(1)],
    );
    const report = await encryptExisting(made.job);
    expect(report).toMatchObject({ state: 'refused' });
    expect(report.problems.map(({ code }) => code)).toContain('duplicate');
    expect(await cells(made)).toBe(44);
  });
});

describe('a job', () => {
  test('goes on where it was stopped', async () => {
    const made = await people(quickly);
    const before = await made.opened();
    const stop = new AbortController();
    const stopped = encryptExisting({
      ...made.job,
      signal: stop.signal,
      onProgress: ({ step, read }) => {
        if (step === 'cells' && read >= 14) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ERR_JOB_STOPPED' });
    expect(await cells(made)).toBe(14);
    const [job] = await listJobs(made.url);
    expect(job).toMatchObject({ state: 'running', step: 'cells', written: 14 });
    const again = await encryptExisting(made.job);
    expect(again).toMatchObject({ jobId: job!.id, state: 'done' });
    expect(again.steps[0]).toMatchObject({ step: 'cells', written: 31 });
    expect(await made.opened()).toEqual(before);
  });

  test('is paused, resumed and cancelled from outside', async () => {
    const made = await people(quickly);
    const paused: string[] = [];
    let pausing: Promise<void> | undefined;
    const running = encryptExisting({
      ...made.job,
      rowsPerSecond: 15,
      onProgress: ({ step, read }) => {
        if (step !== 'cells' || read < 7 || pausing !== undefined) return;
        pausing = (async () => {
          const [job] = await listJobs(made.url);
          await controlJob(made.url, job!.id, 'pause');
          await new Promise((resolve) => setTimeout(resolve, 300));
          paused.push(String(await cells(made)));
          await new Promise((resolve) => setTimeout(resolve, 300));
          paused.push(String(await cells(made)));
          await controlJob(made.url, job!.id, 'resume');
        })();
      },
    });
    expect(await running).toMatchObject({ state: 'done' });
    await pausing;
    expect(paused[0]).toBe(paused[1]);
    expect(Number(paused[0])).toBeLessThan(45);

    const other = await people(quickly);
    const cancelled = encryptExisting({
      ...other.job,
      rowsPerSecond: 15,
      onProgress: ({ step, read }) => {
        if (step === 'cells' && read === 7)
          void listJobs(other.url).then(([job]) => controlJob(other.url, job!.id, 'cancel'));
      },
    });
    await expect(cancelled).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
      meta: { reason: 'cancelled' },
    });
    expect(await cells(other)).toBeLessThan(45);
    const [job] = await listJobs(other.url);
    await expect(controlJob(other.url, job!.id, 'resume')).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
    });
    expect(await encryptExisting(other.job)).toMatchObject({ state: 'done' });
  });

  test('stays cancelled when that came after its last page', async () => {
    const made = await people({ ...quickly, rows: 20 });
    await encryptExisting(made.job);
    const verifying = verifyField({
      ...made.job,
      batchSize: 100,
      rowsPerSecond: 10,
      onProgress: ({ read }) => {
        if (read === 18)
          void listJobs(made.url).then(([job]) => controlJob(made.url, job!.id, 'cancel'));
      },
    });
    await expect(verifying).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
      meta: { reason: 'cancelled' },
    });
    expect((await listJobs(made.url))[0]).toMatchObject({ kind: 'verify', state: 'cancelled' });
  });

  test('is alone with its field', async () => {
    const made = await people(quickly);
    const results = await Promise.allSettled([
      encryptExisting({ ...made.job, rowsPerSecond: 50 }),
      encryptExisting({ ...made.job, rowsPerSecond: 50 }),
    ]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => reason.code)).toEqual(['ERR_JOB_RUNNING']);
    expect(await cells(made)).toBe(45);
  });

  test('shows no value in its tables', async () => {
    const made = await people(quickly);
    await encryptExisting(made.job);
    const { rows } = await made.sql.query(
      `SELECT row_to_json(j)::text AS text FROM fieldseal_jobs.job j`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0].text).not.toMatch(/4111|fs1\./);
  });

  test('refuses options that make no sense', async () => {
    const made = await people(quickly);
    const bad = [{ batchSize: 0 }, { load: 0 }, { load: 2 }, { rowsPerSecond: 0 }];
    for (const option of bad) {
      await expect(encryptExisting({ ...made.job, ...option })).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
      });
    }
    await expect(encryptExisting({ ...made.job, field: 'Person.x' })).rejects.toMatchObject({
      code: 'ERR_FIELD_UNKNOWN',
    });
    await expect(
      controlJob(made.url, '00000000-0000-4000-8000-000000000000', 'pause'),
    ).rejects.toMatchObject({ code: 'ERR_JOB_UNKNOWN' });
    await expect(
      encryptExisting({ ...made.job, database: 'postgresql://localhost:1/none' }),
    ).rejects.toMatchObject({ code: 'ERR_DATABASE' });
  });
});

function day(n: number): string {
  return new Date(Date.UTC(1990, 0, n + 1)).toISOString().slice(0, 10);
}
