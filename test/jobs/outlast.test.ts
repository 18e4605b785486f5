import { setTimeout as wait } from 'node:timers/promises';
import {
  controlJob,
  encryptExisting,
  type FieldJobOptions,
  listJobs,
  reEncrypt,
} from '@fieldseal/jobs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../scripts/embedded-postgres.mjs';
import { interruptibleProxy } from '../support/interruptible-proxy.ts';
import { createPeople, type People } from './people-table.ts';

const ROWS = 60;
/** Every tenth row has no value. */
const VALUES = 54;

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function rotated(options: Parameters<typeof createPeople>[0] = {}): Promise<People> {
  const people = await createPeople({ phase: 'migrating', rows: ROWS, ...options });
  closing.push(() => people.close());
  people.sql.on('error', () => {});
  await encryptExisting(people.job);
  await people.keyring.rotateKey('alias/kyc');
  return people;
}

/** Slow enough for something to happen in the middle. */
const slowly = (people: People): FieldJobOptions => ({
  ...people.job,
  batchSize: 2,
  rowsPerSecond: 12,
});

/** Waits until a job has written more than `least` rows. */
async function untilWritten(people: People, least: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const [job] = await listJobs(people.url);
      expect(job?.kind).toBe('re-encrypt');
      expect(job?.written).toBeGreaterThan(least);
    },
    { timeout: 20_000, interval: 50 },
  );
}

async function expectAllMoved(people: People, before: ReadonlyMap<string, unknown>): Promise<void> {
  expect(await people.opened()).toEqual(before);
  const { rows } = await people.sql.query(
    `SELECT written::int, problems::int FROM fieldseal_jobs.job WHERE kind = 're-encrypt'`,
  );
  expect(rows).toEqual([{ written: VALUES, problems: 0 }]);
}

// each waits until other processes would have heard of the new key
describe.concurrent('a job', { timeout: 120_000 }, () => {
  test('goes on after its connection was cut and its server was away', async () => {
    const people = await rotated();
    const before = await people.opened();
    const proxy = await interruptibleProxy(people.url);
    closing.push(() => proxy.down());
    const running = reEncrypt({ ...slowly(people), database: proxy.url });
    for (const least of [4, 20]) {
      await untilWritten(people, least);
      await proxy.down();
      await wait(2000);
      await proxy.up();
    }
    expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
    await expectAllMoved(people, before);
  });

  test('goes on after PostgreSQL has crashed and recovered', async () => {
    const server = await startEmbeddedPostgres();
    closing.push(() => server.stop());
    const people = await rotated({ url: server.url });
    const before = await people.opened();
    const running = reEncrypt(slowly(people));
    await untilWritten(people, 4);
    const { rows } = await people.sql.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'fieldseal-jobs' LIMIT 1`,
    );
    // a backend that is killed has the postmaster end all others and replay its log
    process.kill(rows[0].pid, 'SIGKILL');
    expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
    await expectAllMoved(people, before);
  });

  test('waits while the disk is full', async () => {
    const people = await rotated();
    const before = await people.opened();
    await people.sql.query(`CREATE SEQUENCE faults; CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('faults') IN (5, 6, 7) THEN RAISE SQLSTATE '53100'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER fault BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION fault()`);
    expect(await reEncrypt(people.job)).toMatchObject({ state: 'done', problemCount: 0 });
    await expectAllMoved(people, before);
  });

  test('tries a statement again that the server gave up for its time', async () => {
    const people = await rotated();
    const before = await people.opened();
    await people.sql.query(`CREATE SEQUENCE faults; CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('faults') = 5 THEN PERFORM pg_sleep(100); END IF; RETURN NEW; END $$;
      CREATE TRIGGER fault BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION fault()`);
    const startedAt = performance.now();
    const report = await reEncrypt({ ...people.job, statementTimeoutMs: 500 });
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    // with the 16 s that it waits for other processes
    expect(performance.now() - startedAt).toBeLessThan(90_000);
    await expectAllMoved(people, before);
  });

  test('that is to have no patience ends with the error, and goes on when started again', async () => {
    const people = await rotated();
    const before = await people.opened();
    const proxy = await interruptibleProxy(people.url);
    const running = reEncrypt({ ...slowly(people), database: proxy.url, patienceSeconds: 0 });
    const outcome = running.catch(({ code }) => code);
    await untilWritten(people, 4);
    await proxy.down();
    expect(await outcome).toBe('ERR_DATABASE');
    expect((await listJobs(people.url))[0]).toMatchObject({ state: 'running' });
    expect(await reEncrypt(people.job)).toMatchObject({ state: 'done' });
    await expectAllMoved(people, before);
  });

  test('stays paused, and then cancelled, when that came while its connection was lost', async () => {
    const people = await rotated();
    const proxy = await interruptibleProxy(people.url);
    closing.push(() => proxy.down());
    const outcome = reEncrypt({ ...slowly(people), database: proxy.url }).catch(
      ({ code, meta }) => ({ code, reason: meta.reason }),
    );
    const jobs = async () => {
      const all = await listJobs(people.url);
      return all.filter(({ kind }) => kind === 're-encrypt');
    };
    const whileAway = async (change: 'pause' | 'cancel'): Promise<void> => {
      await proxy.down();
      const [job] = await jobs();
      await controlJob(people.url, job!.id, change);
      await wait(1500);
      await proxy.up();
      // it is back after a second or two
      await wait(5000);
    };
    await untilWritten(people, 4);
    await whileAway('pause');
    const [paused] = await jobs();
    expect(paused).toMatchObject({ state: 'paused' });
    await whileAway('cancel');
    expect(await outcome).toEqual({ code: 'ERR_JOB_STOPPED', reason: 'cancelled' });
    expect(await jobs()).toEqual([
      expect.objectContaining({ id: paused!.id, state: 'cancelled', written: paused!.written }),
    ]);
  });

  test('that is stopped while it waits ends at once', async () => {
    const people = await rotated();
    const proxy = await interruptibleProxy(people.url);
    const stop = new AbortController();
    const job = { ...slowly(people), database: proxy.url, signal: stop.signal };
    const outcome = reEncrypt(job).catch(({ code }) => code);
    await untilWritten(people, 4);
    await proxy.down();
    await wait(1000);
    const stoppedAt = performance.now();
    stop.abort();
    expect(await outcome).toBe('ERR_DATABASE');
    expect(performance.now() - stoppedAt).toBeLessThan(5000);
  });
});

test.each([
  { statementTimeoutMs: 99 },
  { statementTimeoutMs: Number.NaN },
  { statementTimeoutMs: 3_600_001 },
  { patienceSeconds: -1 },
  { patienceSeconds: 86_401 },
])('%o is refused', async (wrong) => {
  const people = await createPeople({ phase: 'migrating', rows: 1 });
  closing.push(() => people.close());
  await expect(reEncrypt({ ...people.job, ...wrong })).rejects.toMatchObject({
    code: 'ERR_CONFIG_INVALID',
    meta: { option: Object.keys(wrong)[0] },
  });
});
