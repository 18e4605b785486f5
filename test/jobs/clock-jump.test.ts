import { encryptExisting, listJobs, reEncrypt, rotateIndex, workOnJobs } from '@fieldseal/jobs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPeople, type People } from './people-table.ts';
import {
  everyRowIsFound,
  HEAR,
  sealedPeople,
  sealOne,
  tokensOf,
  UPDATE,
} from './rotated-people.ts';

const ALIAS = 'alias/kyc';
/** Every tenth row has no value. */
const VALUES = 54;
const MINUTE_MS = 60_000;

const closing: (() => Promise<unknown>)[] = [];
let jumps: NodeJS.Timeout | undefined;

// ten minutes forwards and five backwards, more than once a second, for everything that runs here
beforeAll(() => {
  const now = Date.now.bind(Date);
  let set = 0;
  let isForwards = true;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + set);
  jumps = setInterval(() => {
    set += isForwards ? 10 * MINUTE_MS : -5 * MINUTE_MS;
    isForwards = !isForwards;
  }, 350);
});
afterAll(async () => {
  clearInterval(jumps);
  vi.restoreAllMocks();
  for (const close of closing.splice(0).reverse()) await close();
});

async function rotated(): Promise<People> {
  const people = await createPeople({ phase: 'migrating', rows: 60 });
  closing.push(() => people.close());
  await encryptExisting(people.job);
  await people.keyring.rotateKey(ALIAS);
  return people;
}

async function written({ url }: People): Promise<readonly number[]> {
  const all = await listJobs(url);
  return all.filter(({ kind }) => kind === 're-encrypt').map((job) => job.written);
}

describe.concurrent('while the clock of the machine is set again and again', {
  timeout: 120_000,
}, () => {
  test('a job keeps its rate, and waits for others as long as it has to', async () => {
    const people = await rotated();
    const before = await people.opened();
    const startedAt = performance.now();
    const report = await reEncrypt({ ...people.job, batchSize: 2, rowsPerSecond: 12 });
    const seconds = (performance.now() - startedAt) / 1000;
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    // of `settleMs`, which is longer than the rows take
    expect(seconds).toBeGreaterThan(16);
    expect(seconds).toBeLessThan(60);
    expect(await people.opened()).toEqual(before);
    expect(await written(people)).toEqual([VALUES]);
  });

  test('a worker keeps its part for longer than it would be given up without a sign', async () => {
    const people = await rotated();
    const before = await people.opened();
    const { url: database, keyring, manifest } = people;
    const stop = new AbortController();
    const workers = { threads: 0, takeOverSeconds: 10 };
    const { signal } = stop;
    const working = workOnJobs({ database, keyring, manifest, takeOverSeconds: 10, signal });
    closing.push(async () => {
      stop.abort();
      await working;
    });
    const startedAt = performance.now();
    const report = await reEncrypt({ ...people.job, batchSize: 1, rowsPerSecond: 4, workers });
    const seconds = (performance.now() - startedAt) / 1000;
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    // one worker does the parts one after the other
    expect(seconds).toBeGreaterThan(VALUES / 4);
    expect(await people.opened()).toEqual(before);
    expect(await written(people)).toEqual([VALUES]);
  });

  test('the rotation of an index gives everybody the time to hear of it, and misses no row', async () => {
    const people = await sealedPeople();
    closing.push(() => people.close());
    const before = await tokensOf(people);
    const [[id] = ['']] = await people.opened();
    const startedAt = performance.now();
    const running = rotateIndex({ ...people.job, ...HEAR });
    const ended = running.then(() => true);
    // an application beside it
    let n = 0;
    while (
      !(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200, false))]))
    ) {
      const { rows } = await people.sql.query('SELECT tenant_id FROM people WHERE id = $1', [id]);
      const sealed = await sealOne(people.codec, id, rows[0].tenant_id, `5500 ${n++}`);
      await people.sql.query(UPDATE, [id, ...sealed]);
    }
    expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
    // `hear` and `last`
    expect((performance.now() - startedAt) / 1000).toBeGreaterThan(32);
    await everyRowIsFound(people);
    const after = await tokensOf(people);
    for (const [row, token] of before) if (token !== null) expect(after.get(row)).not.toBe(token);
  });
});
