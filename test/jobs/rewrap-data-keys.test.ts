import { type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { controlJob, listJobs, rewrapDataKeys } from '@fieldseal/jobs';
import { postgresStore } from '@fieldseal/store-postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { type CliProject, createProject } from '../cli/run-cli.ts';
import { FIELD, lease, sealText } from '../keyring/open-keyrings.ts';

const ALIAS = 'alias/kyc';

interface Opened {
  readonly project: CliProject;
  readonly keyring: Keyring;
  readonly cells: readonly { readonly id: string; readonly cell: string }[];
}

const open: Opened[] = [];
afterAll(async () => {
  for (const { keyring, project } of open) {
    await keyring.close();
    await project.close();
  }
});

/** A store with so many data keys of one key, some cells, and a version newer than all of them. */
async function rotated(count: number): Promise<Opened> {
  const project = await createProject(1, ALIAS);
  const keyring = await openKeyring({
    store: postgresStore(project.url),
    roots: [devFileRoot({ path: project.rootFile })],
    environment: 'test',
    development: true,
    createMissingAliases: true,
    cache: { maxEntries: 100_000 },
  });
  const cells: Opened['cells'][number][] = [];
  for (let n = 0; n < 20; n++) {
    cells.push(await sealText(keyring, ALIAS, `value ${n}`, { tenant: `t${n}` }));
  }
  for (let from = 20; from < count; from += 500) {
    const length = Math.min(500, count - from);
    const seal = Array.from({ length }, (_, i) => ({
      alias: ALIAS,
      scope: { tenant: `t${from + i}` },
    }));
    (await lease(keyring, { seal })).release();
  }
  await keyring.rotateKey(ALIAS);
  const made = { project, keyring, cells };
  open.push(made);
  return made;
}

async function versionsOf({ sql }: CliProject): Promise<readonly unknown[]> {
  const { rows } = await sql.query(
    'SELECT key_version AS version, count(*)::int AS n FROM fieldseal.data_key GROUP BY 1 ORDER BY 1',
  );
  return rows;
}

async function expectOpen({ project, cells }: Opened): Promise<void> {
  // another process, which has nothing cached
  const keyring = await openKeyring({
    store: postgresStore(project.url),
    roots: [devFileRoot({ path: project.rootFile })],
    environment: 'test',
    development: true,
  });
  for (const [n, { id, cell }] of cells.entries()) {
    const held = await lease(keyring, { open: [id] });
    expect(held.opening(id)?.cipher(FIELD, 2).openText(cell)).toBe(`value ${n}`);
    held.release();
  }
  await keyring.close();
}

describe.concurrent('rewrapDataKeys', { timeout: 120_000 }, () => {
  test('counts first, can be paused, and ends with nothing under the old version', async () => {
    const made = await rotated(60);
    const { project, keyring } = made;
    const place = { database: project.url, keyring, key: ALIAS };
    const job = { ...place, load: 1, batchSize: 10, settleMs: 16_000 };
    expect(await rewrapDataKeys({ ...job, dryRun: true })).toEqual({
      jobId: null,
      state: 'done',
      rewrapped: 60,
      left: 0,
      estimate: expect.objectContaining({ rows: 60 }),
    });
    expect(await versionsOf(project)).toEqual([{ version: 1, n: 60 }]);
    let pausedAt: number | undefined;
    const report = await rewrapDataKeys({
      ...job,
      onProgress({ written }) {
        if (pausedAt !== undefined) return;
        pausedAt = written;
        void (async () => {
          const [{ id } = { id: '' }] = await listJobs(project.url);
          await controlJob(project.url, id, 'pause');
          await controlJob(project.url, id, 'resume');
        })();
      },
    });
    expect(pausedAt).toBe(10);
    expect(report).toMatchObject({ state: 'done', rewrapped: 60, left: 0, estimate: null });
    expect(await versionsOf(project)).toEqual([{ version: 2, n: 60 }]);
    await expectOpen(made);
    expect(await listJobs(project.url)).toMatchObject([
      { kind: 'rewrap-data-keys', field: ALIAS, state: 'done', read: 60, written: 60 },
    ]);
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });

  test('goes on after its connection was cut, and counts what it had done before', async () => {
    const { project, keyring } = await rotated(60);
    const { sql } = project;
    let cutAt: number | undefined;
    const report = await rewrapDataKeys({
      database: project.url,
      keyring,
      key: ALIAS,
      rowsPerSecond: 100,
      batchSize: 10,
      settleMs: 0,
      onProgress({ written }) {
        if (cutAt !== undefined) return;
        cutAt = written;
        void sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'fieldseal-jobs' AND datname = current_database()`);
      },
    });
    expect(cutAt).toBe(10);
    expect(report).toMatchObject({ state: 'done', rewrapped: 60, left: 0 });
    expect(await versionsOf(project)).toEqual([{ version: 2, n: 60 }]);
    expect(await listJobs(project.url)).toMatchObject([{ id: report.jobId, state: 'done' }]);
  });

  test('refuses what it cannot do', async () => {
    const { project, keyring } = await rotated(20);
    const job = { database: project.url, keyring, key: ALIAS };
    await expect(rewrapDataKeys({ ...job, key: 'alias/none' })).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
    });
    for (const over of [
      { batchSize: 0 },
      { batchSize: 1001 },
      { load: 0 },
      { rowsPerSecond: 0 },
      { settleMs: -1 },
      { statementTimeoutMs: 99 },
      { patienceSeconds: -1 },
    ])
      await expect(rewrapDataKeys({ ...job, ...over })).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
      });
    const stop = AbortSignal.abort();
    await expect(rewrapDataKeys({ ...job, signal: stop })).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
    });
  });
});
