import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { createMemoryStore, openKeyring } from '@fieldseal/core';
import { encryptExisting } from '@fieldseal/jobs';
import { memoryRoot } from '@fieldseal/testing';
import pg from 'pg';
import { besideJob, startJob } from './others.mjs';
import { createStepTimer } from './step-timer.mjs';

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
    const timer = createStepTimer({ step: 'cells', rows: ROWS });
    await encryptExisting({ ...job, load: 1, onProgress: timer.onProgress });
    const sealing = timer.ms();
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

    const { alone, beside } = await besideJob({
      url,
      table: 'bench_people',
      column: 'number',
      rows: ROWS,
      prepare: () => createTable(pool),
      start: () => startJob((signal) => encryptExisting({ ...job, batchSize: 500, signal })),
    });
    add({
      bench: 'job-encrypt-existing-p99-of-others',
      ratio: beside / alone,
      target: 1.5,
      measured: 'p99 of reads and writes by key while the job runs, default throttle',
      against: 'without it',
      us: beside * 1000,
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

async function writeRandom(pool) {
  const client = await pool.connect();
  try {
    for (let after = 0; after < ROWS; after += BATCH) {
      const { rows } = await client.query(
        // by the column: `id` alone would be the text that is selected, and a sort of the whole table
        'SELECT id::text, number FROM bench_people t WHERE t.id > $1 ORDER BY t.id LIMIT $2',
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
