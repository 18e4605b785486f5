import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describeCell } from '@fieldseal/core';
import {
  controlJob,
  encryptExisting,
  type JobRecord,
  listJobs,
  reEncrypt,
  workOnJobs,
} from '@fieldseal/jobs';
import type pg from 'pg';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { type CliProject, createProject } from '../cli/run-cli.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { createPeople, KEYS, type People } from './people-table.ts';

/** Kills in a short run, and in a long one. */
const KILLS = process.env.FIELDSEAL_LONG === '1' ? 60 : 5;
const WORKER = new URL('./job-worker.mjs', import.meta.url);
/** With threads that run `WORKER`; a process of its own, as they are to import built files. */
const STARTER = new URL('./job-starter.mjs', import.meta.url);
/** At ten rows a second that is half a minute: no job is over before a busy machine looks at it. */
const SLOW_ROWS = 300;
const TAKE_OVER = { takeOverSeconds: 10 };

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A table of cells under an old version of their key, and a worker in this process. */
async function rotatedPeople(options: Parameters<typeof createPeople>[0]): Promise<People> {
  const people = await createPeople({ phase: 'migrating', ...options });
  closing.push(() => people.close());
  await encryptExisting(people.job);
  await people.keyring.rotateKey(ALIAS);
  work(people);
  return people;
}

function work({ url, keyring, manifest }: People): void {
  const stop = new AbortController();
  const ended = workOnJobs({ database: url, keyring, manifest, signal: stop.signal, ...TAKE_OVER });
  closing.push(async () => {
    stop.abort();
    await ended;
  });
}

async function keysOf(sql: pg.Pool): Promise<number> {
  const { rows } = await sql.query('SELECT pan FROM people WHERE pan IS NOT NULL');
  return new Set(rows.map(({ pan }) => describeCell(pan).dataKeyId)).size;
}

async function writtenBy(sql: pg.Pool, kind: string): Promise<readonly number[]> {
  const { rows } = await sql.query(
    'SELECT written::int FROM fieldseal_jobs.job WHERE kind = $1 ORDER BY created_at',
    [kind],
  );
  return rows.map(({ written }) => written);
}

/** The job that re-encrypts; the one that sealed the table is over, and stands in its place before it begins. */
async function reEncrypting(url: string): Promise<JobRecord | undefined> {
  return (await listJobs(url)).find(({ kind }) => kind === 're-encrypt');
}

async function untilAbove(least: number, count: () => Promise<number>): Promise<void> {
  const options = { timeout: 30_000, interval: 100 };
  await vi.waitFor(async () => expect(await count()).toBeGreaterThan(least), options);
}

describe.concurrent('parts of a job', { timeout: 120_000 }, () => {
  test.each(Object.keys(KEYS).filter((name) => name !== 'date'))(
    'cover every row once: key of type %s',
    async (name) => {
      const people = await rotatedPeople({ key: KEYS[name]!, rows: 61 });
      const before = await people.opened();
      const report = await reEncrypt({ ...people.job, workers: { threads: 0, ...TAKE_OVER } });
      expect(report).toMatchObject({ state: 'done', problemCount: 0 });
      const rows = [...before.values()].filter((pan) => pan !== null).length;
      expect(report.steps[0]).toMatchObject({ read: rows, written: rows, problems: 0 });
      expect(await people.opened()).toEqual(before);
      expect(await keysOf(people.sql)).toBe(2);
      expect(await writtenBy(people.sql, 're-encrypt')).toEqual([rows]);
      const { rows: left } = await people.sql.query('SELECT FROM fieldseal_jobs.shard');
      expect(left).toEqual([]);
    },
  );

  test('seal plaintext, and note the rows that stand in the way', async () => {
    const people = await createPeople({ phase: 'migrating', rows: 40 });
    closing.push(() => people.close());
    work(people);
    const workers = { threads: 0, ...TAKE_OVER };
    expect(await encryptExisting({ ...people.job, workers })).toMatchObject({ state: 'done' });
    const { rows } = await people.sql.query(
      `SELECT DISTINCT ON (tenant_id) id, pan FROM people WHERE pan IS NOT NULL
        ORDER BY tenant_id, id`,
    );
    await people.sql.query('UPDATE people SET pan = NULL WHERE id = $1', [rows[1].id]);
    await people.sql.query('UPDATE people SET pan = $2 WHERE id = $1', [rows[0].id, rows[1].pan]);
    await people.keyring.rotateKey(ALIAS);
    const report = await reEncrypt({ ...people.job, workers });
    expect(report).toMatchObject({ state: 'refused', problemCount: 1 });
    expect(report.problems).toEqual([
      { row: rows[0].id, class: 'wrong-scope', code: 'ERR_CIPHERTEXT_REJECTED' },
    ]);
  });

  test('wait while the job is paused, and end when it is cancelled', async () => {
    const people = await rotatedPeople({ rows: SLOW_ROWS });
    const slow = { ...people.job, batchSize: 1, rowsPerSecond: 10 };
    const running = reEncrypt({ ...slow, workers: { threads: 0, ...TAKE_OVER } });
    const outcome = running.catch(({ code, meta }) => ({ code, reason: meta.reason }));
    const current = async () => (await reEncrypting(people.url))!;
    await untilAbove(2, async () => (await reEncrypting(people.url))?.written ?? 0);
    await controlJob(people.url, (await current()).id, 'pause');
    await wait(1000);
    const paused = await current();
    await wait(3000);
    expect(await current()).toMatchObject({ state: 'paused', written: paused.written });
    await controlJob(people.url, paused.id, 'resume');
    await untilAbove(paused.written, async () => (await current()).written);
    await controlJob(people.url, paused.id, 'cancel');
    expect(await outcome).toEqual({ code: 'ERR_JOB_STOPPED', reason: 'cancelled' });
    await wait(1000);
    const { written } = await current();
    await wait(2000);
    expect(await current()).toMatchObject({ state: 'cancelled', written });
  });

  test('go on where they were when the job is started again', async () => {
    const people = await rotatedPeople({ rows: SLOW_ROWS });
    const workers = { threads: 0, ...TAKE_OVER };
    const stop = new AbortController();
    const slow = { ...people.job, batchSize: 1, rowsPerSecond: 10 };
    const first = reEncrypt({ ...slow, workers, signal: stop.signal });
    const outcome = first.catch(({ code, meta }) => ({ code, reason: meta.reason }));
    await untilAbove(2, async () => (await reEncrypting(people.url))?.written ?? 0);
    stop.abort();
    expect(await outcome).toEqual({ code: 'ERR_JOB_STOPPED', reason: 'running' });
    expect(await reEncrypt({ ...people.job, workers })).toMatchObject({ state: 'done' });
    expect(await writtenBy(people.sql, 're-encrypt')).toEqual([(SLOW_ROWS / 10) * 9]);
    // and one process alone takes over from all of them
    await people.keyring.rotateKey(ALIAS);
    expect(await reEncrypt(people.job)).toMatchObject({ state: 'done' });
    expect(await keysOf(people.sql)).toBe(2);
  });
});

describe('workers', () => {
  test.each([
    [{ threads: -1 }, 'workers.threads'],
    [{ threads: 1.5 }, 'workers.threads'],
    [{ threads: 65, module: WORKER }, 'workers.threads'],
    [{ threads: 1 }, 'workers.module'],
    [{ threads: 0, takeOverSeconds: 9 }, 'workers.takeOverSeconds'],
    [{ threads: 0, takeOverSeconds: Number.NaN }, 'workers.takeOverSeconds'],
  ])('are refused: %o', async (workers, option) => {
    const people = await createPeople({ phase: 'migrating', rows: 1 });
    closing.push(() => people.close());
    await expect(reEncrypt({ ...people.job, workers })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option },
    });
    expect(await listJobs(people.url)).toEqual([]);
  });

  test('that all fail to start end the job instead of letting it wait', async () => {
    const people = await rotatedPeople({ rows: 3 });
    for (const close of closing.splice(-1)) await close();
    const module = new URL('data:text/javascript,throw new Error("4111111100000001")');
    const error = await reEncrypt({ ...people.job, workers: { threads: 2, module } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'ERR_JOB_STOPPED', meta: { reason: 'THREADS' } });
    expect(JSON.stringify(error)).not.toContain('4111');
  });
});

/** The application, and what its workers are told. */
async function openApplication(project: CliProject) {
  const application = await openPeopleApplication(project);
  closing.push(() => application.keyring.close());
  const { url, rootFile } = project;
  const { manifest } = application.job;
  return { ...application, settings: JSON.stringify({ url, rootFile, manifest, ...TAKE_OVER }) };
}

test('threads of one process share a job', { timeout: 120_000 }, async () => {
  const project = await createProject(3000, ALIAS);
  closing.push(() => project.close());
  const { keyring, job, settings, opened } = await openApplication(project);
  await encryptExisting(job);
  const before = await opened();
  await keyring.rotateKey(ALIAS);
  const child = spawn(process.execPath, [fileURLToPath(STARTER)], {
    env: { PATH: process.env.PATH, JOB_WORKER: settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const out: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => out.push(part));
  await new Promise((resolve) => child.once('close', resolve));
  const report = JSON.parse(Buffer.concat(out).toString());
  expect(report).toMatchObject({ state: 'done', problemCount: 0 });
  expect(report.steps[0]).toMatchObject({ read: 3000, written: 3000 });
  expect(await writtenBy(project.sql, 're-encrypt')).toEqual([3000]);
  expect(await opened()).toEqual(before);
  expect(await keysOf(project.sql)).toBe(2);
});

test(`two processes of which one is killed ${KILLS} times lose nothing, and do nothing twice`, {
  timeout: 900_000,
}, async () => {
  const ROWS = 3000;
  const WRITERS = 4;
  const project = await createProject(ROWS, ALIAS);
  closing.push(() => project.close());
  const { sql } = project;
  const { keyring, job, settings, opened, write } = await openApplication(project);
  await encryptExisting(job);
  const twin = await opened();
  await keyring.rotateKey(ALIAS);

  let isOver = false;
  const start = (): ChildProcess =>
    spawn(process.execPath, [fileURLToPath(WORKER)], {
      env: { PATH: process.env.PATH, JOB_WORKER: settings },
      stdio: 'ignore',
    });
  const gone = (child: ChildProcess) => new Promise((resolve) => child.once('close', resolve));
  const steady = start();
  const steadyGone = gone(steady);
  let kills = 0;
  const killer = (async () => {
    while (kills < KILLS) {
      const child = start();
      const ended = gone(child);
      await wait(1500 + Math.random() * 1500);
      child.kill('SIGKILL');
      await ended;
      kills += 1;
    }
  })();
  // each writer has rows of its own, so that the twin knows the last value of each
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; !isOver; n++) {
      const id = 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await write(id, pan);
      twin.set(id, pan);
      await wait(5);
    }
  });
  try {
    const rowsPerSecond = ROWS / (KILLS * 4);
    const report = await reEncrypt({
      ...job,
      batchSize: 10,
      rowsPerSecond,
      workers: { threads: 0, ...TAKE_OVER },
    });
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
  } finally {
    isOver = true;
    await Promise.all(writers);
    await killer;
    steady.kill('SIGTERM');
    await steadyGone;
  }
  expect(kills).toBe(KILLS);
  expect(await opened()).toEqual(twin);
  expect(await keysOf(sql)).toBe(2);
  const [written] = await writtenBy(sql, 're-encrypt');
  expect(written).toBeLessThanOrEqual(ROWS);
});
