import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { reEncrypt } from '@fieldseal/jobs';
import pg from 'pg';
import { cardManifest, fillCards, writeRandomCells } from './cards.mjs';
import { openJobKeyring } from './job-keyring.mjs';
import { createMemoryWatch } from './memory-watch.mjs';
import { reEncryptNaively } from './naive-loop.mjs';
import { besideJob, startJob } from './others.mjs';
import { createStepTimer } from './step-timer.mjs';

const ROWS = Number(process.env.FIELDSEAL_BENCH_ROWS ?? 100_000);
const NAIVE_ROWS = Math.min(ROWS, 5000);
const TABLE = 'bench_cards';
const ALIAS = 'alias/bench-cards';
const WORKER = new URL('./re-encrypt-worker.mjs', import.meta.url);
/** At least 70 % of the rate of the limit with suite 1, and 80 % with suite 2. */
const TARGETS = { 1: 1 / 0.7, 2: 1 / 0.8 };

/** The job against the same pages and statements that write random text of the same size. */
export async function benchReEncrypt({ add, url }) {
  const folder = await mkdtemp(join(tmpdir(), 'fieldseal-bench-jobs-'));
  const rootFile = join(folder, 'root');
  const pool = new pg.Pool({ connectionString: url });
  // a server that stops tells connections that are closing already
  pool.on('error', () => {});
  const keyring = await openJobKeyring({ url, rootFile });
  try {
    for (const suite of [1, 2]) {
      const manifest = cardManifest({ table: TABLE, alias: ALIAS, suite });
      const bench = createBench({ add, url, rootFile, pool, keyring, manifest, suite });
      await bench.fields(1);
      await bench.fields(3);
      await bench.workers(2);
      if (suite === 2) await bench.rest();
    }
  } finally {
    await pool.query(`DROP TABLE IF EXISTS ${TABLE}`);
    await pool.query('DROP SCHEMA IF EXISTS fieldseal_jobs, fieldseal_queue CASCADE');
    await keyring.close();
    await pool.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function createBench({ add, url, rootFile, pool, keyring, manifest, suite }) {
  const fill = () => fillCards({ pool, keyring, manifest, rows: ROWS });
  const job = (name) => ({
    database: url,
    keyring,
    manifest,
    field: `Card.${name}`,
    batchSize: 1000,
    load: 1,
    // nothing else seals here
    settleMs: 0,
  });

  /** Milliseconds in which the columns are written with random text, one after the other. */
  async function limitOf(columns) {
    await fill();
    const startedAt = performance.now();
    for (const name of columns)
      await writeRandomCells({ pool, table: TABLE, rows: ROWS, columns: [name] });
    return performance.now() - startedAt;
  }

  /** Milliseconds in which the job reads, seals and writes them. */
  async function jobOn(columns, options = {}) {
    await fill();
    await keyring.rotateKey(ALIAS);
    let ms = 0;
    for (const name of columns) {
      const timer = createStepTimer({ step: 'cells', rows: ROWS });
      const watch = options.watch ?? (() => {});
      const onProgress = (progress) => {
        timer.onProgress(progress);
        watch(progress);
      };
      const report = await reEncrypt({ ...job(name), ...options.job, onProgress });
      if (report.state !== 'done' || report.steps[0].written !== ROWS)
        throw new Error(`The job wrote ${report.steps[0].written} of ${ROWS} rows`);
      ms += timer.ms();
    }
    return ms;
  }

  const found = (name, columns, jobMs, limitMs) => ({
    bench: `job-re-encrypt-${ROWS}-suite${suite}-${name}`,
    ratio: jobMs / limitMs,
    target: TARGETS[suite],
    measured: 'pages read, opened, sealed and written',
    against: 'the same pages, random text',
    us: (jobMs * 1000) / ROWS / columns.length,
    note: `${Math.round((ROWS * columns.length * 1000) / jobMs)} cells/s`,
  });

  return {
    async fields(count) {
      const columns = ['a', 'b', 'c'].slice(0, count);
      const limit = await limitOf(columns);
      const ms = await jobOn(columns);
      add(found(`${count}-field${count === 1 ? '' : 's'}`, columns, ms, limit));
    },
    async workers(threads) {
      const limit = await limitOf(['a']);
      const data = { url, rootFile, manifest };
      const ms = await jobOn(['a'], { job: { workers: { threads, module: WORKER, data } } });
      add(found(`${threads}-workers`, ['a'], ms, limit));
    },
    async rest() {
      const memory = createMemoryWatch({ rows: ROWS });
      const ms = await jobOn(['a'], { watch: memory.onProgress });
      add({
        bench: `job-re-encrypt-${ROWS}-memory`,
        ratio: memory.ratio(),
        target: 1.25,
        measured: 'resident memory, the most after the first tenth of the rows',
        against: 'the most until then',
        note: memory.note(),
      });
      await keyring.rotateKey(ALIAS);
      const startedAt = performance.now();
      await reEncryptNaively({ pool, keyring, manifest, rows: NAIVE_ROWS });
      const naive = (performance.now() - startedAt) / NAIVE_ROWS;
      add({
        bench: 'job-re-encrypt-vs-naive-loop',
        ratio: ms / ROWS / naive,
        measured: 'one row of the job',
        against: 'find, open, seal and update, row by row',
        us: (ms * 1000) / ROWS,
        note: `${(naive / (ms / ROWS)).toFixed(1)} times the rate`,
      });
      const { alone, beside } = await besideJob({
        url,
        table: TABLE,
        column: 'a',
        rows: ROWS,
        start: () =>
          startJob(async (signal) => {
            for (;;) {
              await keyring.rotateKey(ALIAS);
              await reEncrypt({ ...job('a'), load: 0.5, batchSize: 500, signal });
            }
          }),
      });
      add({
        bench: 'job-re-encrypt-p99-of-others',
        ratio: beside / alone,
        target: 1.5,
        measured: 'p99 of reads and writes by key while the job runs, default throttle',
        against: 'without it',
        us: beside * 1000,
      });
    },
  };
}
