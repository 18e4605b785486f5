import { encryptExisting, listJobs, workOnJobs } from '@fieldseal/jobs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createPeople, KEYS, type People } from './people-table.ts';

/** Writes down each row that is updated, in a transaction of the job. */
const TRIGGER = `
CREATE TABLE touched (id integer);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO touched VALUES (new.id); RETURN new; END $$;
CREATE TRIGGER touch_people BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();`;
const TRIGGERS = ['touch_people'];
const TAKE_OVER = { takeOverSeconds: 10 };
const WORKERS = { threads: 0, ...TAKE_OVER };

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const messagesOf = (queue: string, state: string): string =>
  `fieldseal_queue.job WHERE name = '${queue}' AND state = '${state}'`;

/** Waits until so many messages are in a queue. */
async function untilThere({ sql }: People, messages: string, n: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const there = await sql.query(`SELECT count(*)::int AS n FROM ${messages}`);
      expect(there.rows).toEqual([{ n }]);
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** A table with a trigger, and a job on it that waits for workers. */
async function waitingJob(skipTriggers?: readonly string[]) {
  const people = await createPeople({
    phase: 'migrating',
    rows: 20,
    key: KEYS.int!,
    more: TRIGGER,
  });
  closing.push(() => people.close());
  const stop = new AbortController();
  const given = skipTriggers === undefined ? {} : { skipTriggers };
  const report = encryptExisting({
    ...people.job,
    ...given,
    workers: WORKERS,
    signal: stop.signal,
  });
  const ended = report.catch(({ code }: { code: string }) => code);
  closing.push(async () => {
    stop.abort();
    await ended;
  });
  await untilThere(people, messagesOf('fieldseal-shards', 'created'), 4);
  return { people, ended, stop };
}

function work(people: People, skipTriggers?: readonly string[]): () => Promise<void> {
  const { url: database, keyring, manifest } = people;
  const stop = new AbortController();
  const ended = workOnJobs({
    database,
    keyring,
    manifest,
    ...TAKE_OVER,
    ...(skipTriggers === undefined ? {} : { skipTriggers }),
    signal: stop.signal,
  });
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  closing.push(end);
  return end;
}

async function everyPartFailsWith(people: People, code: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await people.sql.query(
        'SELECT DISTINCT error_code AS code, state FROM fieldseal_jobs.shard',
      );
      expect(rows).toEqual([{ code, state: 'open' }]);
    },
    { timeout: 30_000, interval: 100 },
  );
  expect((await listJobs(people.url))[0]).toMatchObject({ state: 'running', read: 0, written: 0 });
}

async function touched({ sql }: People): Promise<number> {
  const { rows } = await sql.query('SELECT count(*)::int AS n FROM touched');
  return rows[0].n;
}

describe.concurrent('a message of the queue', { timeout: 120_000 }, () => {
  test('lets no trigger be skipped that the worker was not told to skip', async () => {
    const { people } = await waitingJob();
    // as somebody who can write to the queue and to nothing else
    await people.sql.query(
      `UPDATE fieldseal_queue.job
          SET data = jsonb_set(data, '{settings,skipTriggers}', '["touch_people"]')`,
    );
    work(people);
    await everyPartFailsWith(people, 'ERR_JOB_REFUSED');
    expect(await touched(people)).toBe(0);
  });

  test('is left to others by a worker that would let triggers fire', async () => {
    const { people, ended } = await waitingJob(TRIGGERS);
    const end = work(people);
    await everyPartFailsWith(people, 'ERR_JOB_REFUSED');
    await people.sql.query(
      `UPDATE fieldseal_queue.job SET start_after = now(), state = 'retry' WHERE state = 'retry'`,
    );
    await end();
    work(people, [...TRIGGERS, 'a_trigger_of_another_table']);
    expect(await ended).toMatchObject({ state: 'done' });
    expect(await touched(people)).toBe(0);
  });

  test('with a setting that no job is started with is not worked on', async () => {
    const { people } = await waitingJob();
    await people.sql.query(
      `UPDATE fieldseal_queue.job SET data = jsonb_set(data, '{settings,batchSize}', '1000000')`,
    );
    work(people);
    await everyPartFailsWith(people, 'ERR_CONFIG_INVALID');
    expect(await touched(people)).toBe(0);
  });

  test('that was given up ends a job that sent it, and none that has sent its parts anew', async () => {
    const { people, ended, stop } = await waitingJob();
    const { rows: first } = await people.sql.query(
      `SELECT data FROM ${messagesOf('fieldseal-shards', 'created')}`,
    );
    const giveUp = (messages: readonly { readonly data: unknown }[]) =>
      people.sql.query(
        `INSERT INTO fieldseal_queue.job (name, data)
         SELECT 'fieldseal-shards-given-up', unnest($1::jsonb[])`,
        [messages.map(({ data }) => JSON.stringify(data))],
      );
    stop.abort();
    expect(await ended).toBe('ERR_JOB_STOPPED');

    // the same job, which sends its parts anew
    const job = { ...people.job, workers: WORKERS };
    const again = encryptExisting(job).catch(({ code }: { code: string }) => code);
    await untilThere(people, messagesOf('fieldseal-shards', 'created'), 8);
    await giveUp(first);
    await untilThere(people, messagesOf('fieldseal-shards-given-up', 'completed'), 4);
    expect(await listJobs(people.url)).toMatchObject([{ state: 'running' }]);
    const { rows: second } = await people.sql.query(
      `SELECT data FROM ${messagesOf('fieldseal-shards', 'created')} ORDER BY created_on`,
    );
    await giveUp(second.slice(4, 5));
    expect(await again).toBe('ERR_JOB_STOPPED');

    // and a third time, with what is left of both in the queue
    work(people);
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    expect(await listJobs(people.url)).toHaveLength(1);
  });

  test('of another sending of a part is not worked on', async () => {
    const { people } = await waitingJob();
    await people.sql.query(
      `UPDATE fieldseal_queue.job
          SET data = jsonb_set(data, '{sending}', to_jsonb(gen_random_uuid()))`,
    );
    work(people);
    await untilThere(people, messagesOf('fieldseal-shards', 'completed'), 4);
    expect((await listJobs(people.url))[0]).toMatchObject({ state: 'running', read: 0 });
    expect(await touched(people)).toBe(0);
  });

  test('that names no shard is passed over, and the job goes on', async () => {
    const { people, ended } = await waitingJob();
    await people.sql.query(
      `INSERT INTO fieldseal_queue.job (name, data) VALUES
         ('fieldseal-shards', '{"jobId":"x"}'), ('fieldseal-shards', 'null')`,
    );
    work(people);
    expect(await ended).toMatchObject({ state: 'done' });
    expect(await touched(people)).toBeGreaterThan(0);
  });
});

test.each([
  [{ takeOverSeconds: 9 }, 'takeOverSeconds'],
  [{ takeOverSeconds: 10.5 }, 'takeOverSeconds'],
  [{ statementTimeoutMs: 1 }, 'statementTimeoutMs'],
])('a worker is refused with %o', async (over, option) => {
  const people = await createPeople({ rows: 1 });
  closing.push(() => people.close());
  const { url: database, keyring, manifest } = people;
  await expect(workOnJobs({ database, keyring, manifest, ...over })).rejects.toMatchObject({
    code: 'ERR_CONFIG_INVALID',
    meta: { option },
  });
});

test('tables of jobs from before messages named their sending are brought up to date', async () => {
  const people = await createPeople({ phase: 'migrating', rows: 1 });
  closing.push(() => people.close());
  const job = { ...people.job, settleMs: 0 };
  await encryptExisting(job);
  await people.sql.query('ALTER TABLE fieldseal_jobs.shard DROP COLUMN sending');
  work(people);
  expect(await encryptExisting({ ...job, workers: WORKERS })).toMatchObject({ state: 'done' });
});

test('a queue of a pg-boss that is too old to be taken over is said to be one', async () => {
  const people = await createPeople({ phase: 'migrating', rows: 1 });
  closing.push(() => people.close());
  await people.sql.query(`CREATE SCHEMA fieldseal_queue;
    CREATE TABLE fieldseal_queue.version (version int PRIMARY KEY, maintained_on timestamptz,
      cron_on timestamptz, monitored_on timestamptz);
    INSERT INTO fieldseal_queue.version VALUES (1)`);
  const error = await encryptExisting({ ...people.job, workers: WORKERS }).catch(
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ERR_DATABASE', meta: { reason: 'QUEUE_VERSION' } });
  expect(error.message).toContain('drop the schema');
  await people.sql.query('DROP SCHEMA fieldseal_queue CASCADE');
  work(people);
  expect(await encryptExisting({ ...people.job, workers: WORKERS })).toMatchObject({
    state: 'done',
  });
});
