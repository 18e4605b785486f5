import { setTimeout as wait } from 'node:timers/promises';
import { createIdentityPolicy, createMemoryStore, describeCell } from '@fieldseal/core';
import {
  encryptExisting,
  type FieldJobOptions,
  listJobs,
  reEncrypt,
  rotateRootKey,
  workOnJobs,
} from '@fieldseal/jobs';
import { fakeRoot, memoryRoot, testKeyring } from '@fieldseal/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createPeople } from './people-table.ts';

const ALIAS = 'alias/kyc';
const ROWS = 60;
/** Every tenth row has no value. */
const VALUES = 54;
const WORKERS = { threads: 0, takeOverSeconds: 10 };

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Cells under an old version, a process whose root may fail, and another one whose root does not. */
async function rotated() {
  const device = memoryRoot();
  const root = fakeRoot(device);
  const store = createMemoryStore();
  const people = await createPeople({ phase: 'migrating', rows: ROWS, store, roots: [root] });
  closing.push(() => people.close());
  await encryptExisting(people.job);
  await people.keyring.rotateKey(ALIAS);
  const access = { identityPolicies: () => [createIdentityPolicy('administrator')] };
  const other = await testKeyring({ store, roots: [device], stagingMs: 300, access });
  closing.push(() => other.close());
  const slowly: FieldJobOptions = { ...people.job, batchSize: 2, rowsPerSecond: 12 };

  async function untilWritten(least: number): Promise<void> {
    await vi.waitFor(
      async () => {
        const [job] = await listJobs(people.url);
        expect(job?.kind).toBe('re-encrypt');
        expect(job?.written).toBeGreaterThan(least);
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  /** From here on nothing is sealed without the root: a root key and a key that this process has not seen. */
  async function rotateAll(): Promise<void> {
    root.fail('unavailable');
    await rotateRootKey({ keyring: other });
    await other.rotateKey(ALIAS);
  }

  /** That all cells are under the newest version, and hold what they held. */
  async function expectAllMoved(before: ReadonlyMap<string, unknown>): Promise<void> {
    expect(await people.opened()).toEqual(before);
    const { rows } = await people.sql.query('SELECT pan FROM people WHERE pan IS NOT NULL');
    const ids = new Set(rows.map(({ pan }) => describeCell(pan).dataKeyId));
    const found = await people.keyring.describeDataKeys([...ids]);
    expect(rows).toHaveLength(VALUES);
    expect(new Set(found.map(({ keyVersion }) => keyVersion))).toEqual(new Set([3]));
  }

  async function jobs() {
    const all = await listJobs(people.url);
    return all.filter(({ kind }) => kind === 're-encrypt');
  }

  return { people, root, slowly, untilWritten, rotateAll, expectAllMoved, jobs };
}

// each waits until other processes would have heard of the new key
describe.concurrent('a root that is away in the middle of a job', { timeout: 120_000 }, () => {
  test('is not missed while the root key is in memory', async () => {
    const { people, root, slowly, untilWritten } = await rotated();
    const before = await people.opened();
    const running = reEncrypt(slowly);
    await untilWritten(4);
    root.fail('unavailable');
    expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await people.opened()).toEqual(before);
  });

  test('is waited for when it is needed, and no row is noted or written wrong meanwhile', async () => {
    const { people, root, slowly, untilWritten, rotateAll, expectAllMoved, jobs } = await rotated();
    const before = await people.opened();
    const running = reEncrypt(slowly);
    await untilWritten(4);
    await rotateAll();
    await wait(6000);
    const [waiting] = await jobs();
    expect(waiting).toMatchObject({ state: 'running', problems: 0 });
    expect(waiting?.written).toBeLessThan(VALUES);
    root.fail(undefined);
    expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
    await expectAllMoved(before);
    expect(await jobs()).toHaveLength(1);
  });

  test('ends a job without patience by its error, and the job goes on when it is back', async () => {
    const { people, root, slowly, untilWritten, rotateAll, expectAllMoved, jobs } = await rotated();
    const before = await people.opened();
    const running = reEncrypt({ ...slowly, patienceSeconds: 0 });
    const outcome = running.catch((error: unknown) => error);
    await untilWritten(4);
    await rotateAll();
    expect(await outcome).toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE', retryable: true });
    const [failed] = await jobs();
    expect(failed).toMatchObject({ state: 'failed', errorCode: 'ERR_ROOT_UNAVAILABLE' });
    root.fail(undefined);
    expect(await reEncrypt(people.job)).toMatchObject({ state: 'done', problemCount: 0 });
    await expectAllMoved(before);
    expect(await jobs()).toMatchObject([{ id: failed?.id, state: 'done' }]);
  });

  test('has workers try their part again', async () => {
    const { people, root, slowly, untilWritten, rotateAll, expectAllMoved, jobs } = await rotated();
    const { url: database, keyring, manifest } = people;
    const before = await people.opened();
    const stop = new AbortController();
    const { takeOverSeconds } = WORKERS;
    const working = workOnJobs({
      database,
      keyring,
      manifest,
      takeOverSeconds,
      signal: stop.signal,
    });
    closing.push(async () => {
      stop.abort();
      await working;
    });
    const running = reEncrypt({ ...slowly, workers: WORKERS });
    await untilWritten(4);
    await rotateAll();
    const failures = `SELECT count(error_code)::int AS n FROM fieldseal_jobs.shard
      WHERE error_code = 'ERR_ROOT_UNAVAILABLE' AND state = 'open'`;
    await vi.waitFor(
      async () => expect((await people.sql.query(failures)).rows[0].n).toBeGreaterThan(0),
      { timeout: 20_000, interval: 50 },
    );
    root.fail(undefined);
    expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
    await expectAllMoved(before);
    expect(await jobs()).toMatchObject([{ state: 'done', problems: 0 }]);
  });
});
