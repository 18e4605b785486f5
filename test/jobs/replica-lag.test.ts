import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  encryptExisting,
  type JobProgress,
  listJobs,
  reEncrypt,
  rotateIndex,
} from '@fieldseal/jobs';
import pg from 'pg';
import { afterAll, expect, test, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../scripts/embedded-postgres.mjs';
import { createPeople } from './people-table.ts';

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Speaks the replication protocol as a standby does, and replays what it is told to. */
async function startStandby(url: string) {
  const client = new pg.Client({ connectionString: url, replication: 'true' } as pg.ClientConfig);
  client.on('error', () => {});
  await client.connect();
  closing.push(() => client.end().catch(() => {}));
  const { rows } = await client.query('IDENTIFY_SYSTEM');
  const { connection } = client as unknown as {
    connection: NodeJS.EventEmitter & { sendCopyFromChunk(chunk: Buffer): void };
  };
  const started = once(connection, 'replicationStart');
  void client.query(`START_REPLICATION PHYSICAL ${rows[0].xlogpos}`).catch(() => {});
  await started;
  return {
    /** "Standby status update": written, flushed and replayed up to here. */
    replayed(lsn: string) {
      const [high = '0', low = '0'] = lsn.split('/');
      const place = (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
      const message = Buffer.alloc(34);
      message.write('r');
      for (const at of [1, 9, 17]) message.writeBigUInt64BE(place, at);
      connection.sendCopyFromChunk(message);
    },
  };
}

test('a job waits for a replica that is behind, and goes on when it has caught up', {
  timeout: 120_000,
}, async () => {
  const server = await startEmbeddedPostgres();
  closing.push(() => server.stop());
  const people = await createPeople({ phase: 'migrating', rows: 60, url: server.url });
  closing.push(() => people.close());
  await encryptExisting(people.job);
  await people.keyring.rotateKey('alias/kyc');
  const standby = await startStandby(server.url);
  const lsn = async (): Promise<string> => {
    const { rows } = await people.sql.query('SELECT pg_current_wal_lsn()::text AS lsn');
    return rows[0].lsn;
  };
  standby.replayed(await lsn());
  const behind = async (): Promise<number> => {
    const { rows } = await people.sql.query(
      `SELECT coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), -1)::int AS n
         FROM pg_stat_replication`,
    );
    return rows[0]?.n ?? -1;
  };
  await vi.waitFor(async () => expect(await behind()).toBeGreaterThanOrEqual(0));
  const written = async () => (await listJobs(server.url))[0]?.written ?? 0;

  let told: JobProgress | undefined;
  let times = 0;
  const onProgress = (progress: JobProgress): void => {
    told = progress;
    times++;
  };
  const limit = { maxReplicaLagBytes: 20_000, batchSize: 1, rowsPerSecond: 10, onProgress };
  const running = reEncrypt({ ...people.job, ...limit });
  await vi.waitFor(async () => expect(await behind()).toBeGreaterThan(20_000), { timeout: 30_000 });
  await wait(1500);
  const stopped = await written();
  const before = times;
  await wait(2500);
  // says so while it waits
  expect(times).toBeGreaterThan(before);
  expect(told?.replicaLagBytes).toBeGreaterThan(20_000);
  expect(await written()).toBe(stopped);
  expect(stopped).toBeLessThan(54);

  const replay = setInterval(() => void lsn().then((place) => standby.replayed(place)), 200);
  closing.push(async () => clearInterval(replay));
  expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
  clearInterval(replay);
  expect(told).toMatchObject({ replicaLagBytes: expect.any(Number) });
});

test('a limit that the database user cannot see is refused', async () => {
  const server = await startEmbeddedPostgres();
  closing.push(() => server.stop());
  const people = await createPeople({ phase: 'migrating', rows: 5, url: server.url });
  closing.push(() => people.close());
  await startStandby(server.url);
  await encryptExisting(people.job);
  await people.sql.query(`CREATE ROLE blind LOGIN PASSWORD 'blind';
    GRANT ALL ON SCHEMA fieldseal_jobs TO blind; GRANT ALL ON people TO blind;
    GRANT ALL ON ALL TABLES IN SCHEMA fieldseal_jobs TO blind`);
  const url = new URL(server.url);
  url.username = 'blind';
  url.password = 'blind';
  const job = { ...people.job, database: url.href };
  await expect(reEncrypt({ ...job, maxReplicaLagBytes: 1e9 })).rejects.toMatchObject({
    code: 'ERR_JOB_REFUSED',
    meta: { option: 'maxReplicaLagBytes' },
  });
});

test('an index is not rotated to its end while a replica has rows as they were', {
  timeout: 150_000,
}, async () => {
  const server = await startEmbeddedPostgres();
  closing.push(() => server.stop());
  const people = await createPeople({ phase: 'migrating', rows: 8, url: server.url });
  closing.push(() => people.close());
  await encryptExisting(people.job);
  const standby = await startStandby(server.url);
  const lsn = async (): Promise<string> => {
    const { rows } = await people.sql.query('SELECT pg_current_wal_lsn()::text AS lsn');
    return rows[0].lsn;
  };
  standby.replayed(await lsn());
  const rotating = rotateIndex({ ...people.job, hearSeconds: 16 });
  const step = async () => (await listJobs(server.url))[0]?.step;
  const within = { timeout: 40_000, interval: 100 };
  await vi.waitFor(async () => expect(await step()).toBe('drain'), within);
  await wait(13_000);
  expect(await step()).toBe('drain');
  expect(people.keyring.indexStateOf('people.pan.equality')).toBe('rotating');
  standby.replayed(await lsn());
  await vi.waitFor(async () => expect(await step()).toBe('last'), within);
  expect(await rotating).toMatchObject({ state: 'done', problemCount: 0 });
});
