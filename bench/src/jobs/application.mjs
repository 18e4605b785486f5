/**
 * A small application beside a job, in a process of its own: reads and writes by key at a steady rate. Prints the
 * 99th percentile of what its calls took, in milliseconds, as JSON. Settings as JSON in `BENCH_APPLICATION`.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

const { url, table, column, rows, clients, everyMs, durationMs } = JSON.parse(
  process.env.BENCH_APPLICATION,
);
const pool = new pg.Pool({ connectionString: url, max: clients });
const taken = [];

async function client(place) {
  const startedAt = performance.now() + (place * everyMs) / clients;
  for (let n = 0; n * everyMs < durationMs; n++) {
    const due = startedAt + n * everyMs;
    await wait(Math.max(0, due - performance.now()));
    const id = 1 + Math.floor(Math.random() * rows);
    await pool.query(`SELECT ${column} FROM ${table} WHERE id = $1`, [id]);
    await pool.query(`UPDATE ${table} SET hits = coalesce(hits, 0) + 1 WHERE id = $1`, [id]);
    // from when it was due: a call that waits for the one before it is slow as well
    taken.push(performance.now() - due);
  }
}

await Promise.all(Array.from({ length: clients }, (_, place) => client(place)));
await pool.end();
const p99 = taken.toSorted((a, b) => a - b)[Math.floor(taken.length * 0.99)];
process.stdout.write(JSON.stringify({ p99, calls: taken.length }));
