import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { createMemoryStore, openKeyring } from '@fieldseal/core';
import { encryptExisting } from '@fieldseal/jobs';
import { memoryRoot } from '@fieldseal/testing';
import pg from 'pg';

const ROWS = Number(process.env.FIELDSEAL_BENCH_ROWS ?? 100_000);
const BATCH = 1000;
/** Characters of a cell of a short text. */
const CELL_CHARACTERS = 104;
const FIELD_ID = 'bench_people.number';

const manifest = {
  version: 1,
  adapter: 'bench',
  models: [
    {
      name: 'Person',
      table: 'bench_people',
      primaryKey: [{ name: 'id', column: 'id', type: 'int' }],
      fields: [
        {
          name: 'number',
          column: 'number',
          id: FIELD_ID,
          type: 'string',
          storage: 'text',
          nullable: false,
          key: 'alias/bench',
          bind: 'row',
          phase: 'migrating',
          indexes: [
            {
              id: `${FIELD_ID}.equality`,
              kind: 'equality',
              name: 'token',
              column: 'token',
              normalizer: 'raw@1',
            },
          ],
        },
      ],
    },
  ],
};

/** The job against the same pages and statements that write random text of the same size. */
export async function benchEncryptExisting({ add, url }) {
  const pool = new pg.Pool({ connectionString: url });
  // a server that stops tells connections that are closing already
  pool.on('error', () => {});
  const keyring = await openKeyring({
    store: createMemoryStore(),
    roots: [memoryRoot()],
    environment: 'bench',
    development: true,
    createMissingAliases: true,
  });
  const job = {
    database: url,
    keyring,
    manifest,
    field: 'Person.number',
    batchSize: BATCH,
    settleMs: 16_000,
  };
  try {
    await createTable(pool);
    const random = await timed(() => writeRandom(pool));
    await createTable(pool);
    let sealing = 0;
    await timed(() =>
      encryptExisting({
        ...job,
        load: 1,
        onProgress: stepTimer('cells', (ms) => {
          sealing ||= ms;
        }),
      }),
    );
    add({
      bench: `job-encrypt-existing-${ROWS}`,
      ratio: sealing / random,
      // at least 70 % of the rate
      target: 1 / 0.7,
      measured: 'pages read, sealed and written',
      against: 'the same pages, random text and tokens',
      us: (sealing * 1000) / ROWS,
      note: `${Math.round(ROWS / (sealing / 1000))} rows/s`,
    });

    await createTable(pool);
    const alone = await latencies(pool, 5000);
    const stop = new AbortController();
    const running = encryptExisting({ ...job, signal: stop.signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 500));
    const beside = await latencies(pool, 5000);
    stop.abort();
    await running;
    add({
      bench: 'job-encrypt-existing-p99-of-others',
      ratio: p99(beside) / p99(alone),
      target: 1.5,
      measured: 'p99 of reads and writes by key while the job runs, default throttle',
      against: 'without it',
      us: p99(beside) * 1000,
    });
  } finally {
    await pool.query('DROP TABLE IF EXISTS bench_people');
    await pool.query('DROP SCHEMA IF EXISTS fieldseal_jobs CASCADE');
    await keyring.close();
    await pool.end();
  }
}

async function createTable(pool) {
  await pool.query('DROP TABLE IF EXISTS bench_people');
  await pool.query(
    'CREATE TABLE bench_people (id int PRIMARY KEY, number text NOT NULL, token bytea UNIQUE, hits int)',
  );
  await pool.query(
    `INSERT INTO bench_people SELECT n, '4' || lpad(n::text, 15, '0') FROM generate_series(1, $1::int) n`,
    [ROWS],
  );
  await pool.query('VACUUM ANALYZE bench_people');
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Milliseconds of the first pass of one step. */
function stepTimer(name, done) {
  let startedAt;
  let isOver = false;
  return ({ step, read, total }) => {
    if (step === name && startedAt === undefined) startedAt = performance.now();
    if (isOver || startedAt === undefined || (step === name && read < Math.min(total, ROWS)))
      return;
    isOver = true;
    done(performance.now() - startedAt);
  };
}

async function writeRandom(pool) {
  const client = await pool.connect();
  try {
    for (let after = 0; after < ROWS; after += BATCH) {
      const { rows } = await client.query(
        'SELECT id::text, number FROM bench_people WHERE id > $1 ORDER BY id LIMIT $2',
        [after, BATCH],
      );
      const text = () => `fs1.${randomBytes(75).toString('base64url')}`.slice(0, CELL_CHARACTERS);
      await client.query(
        `UPDATE bench_people t SET number = n.after, token = n.token::bytea
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) n(id, before, after, token)
          WHERE t.id = n.id::int AND t.number COLLATE "C" = n.before`,
        [
          rows.map(({ id }) => id),
          rows.map(({ number }) => number),
          rows.map(text),
          rows.map(() => `\\x${randomBytes(32).toString('hex')}`),
        ],
      );
    }
  } finally {
    client.release();
  }
}

/** What a small application feels: a read and a write by key, again and again. */
async function latencies(pool, durationMs) {
  const taken = [];
  const until = performance.now() + durationMs;
  const client = async () => {
    while (performance.now() < until) {
      const id = 1 + Math.floor(Math.random() * ROWS);
      const startedAt = performance.now();
      await pool.query('SELECT number FROM bench_people WHERE id = $1', [id]);
      await pool.query('UPDATE bench_people SET hits = coalesce(hits, 0) + 1 WHERE id = $1', [id]);
      taken.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: 4 }, client));
  return taken;
}

function p99(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)];
}
