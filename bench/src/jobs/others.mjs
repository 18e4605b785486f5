import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const APPLICATION = fileURLToPath(new URL('./application.mjs', import.meta.url));
const PAIRS = 3;
const DURATION_MS = 10_000;
/** 400 calls a second, each of a read and a write. */
const LOAD = { clients: 8, everyMs: 20, durationMs: DURATION_MS };

/**
 * What an application feels of a job: the medians of its 99th percentile without and with it, in turns.
 *
 * @param {{ url: string, table: string, column: string, rows: number,
 *   prepare?: () => Promise<void>, start: () => { stop: () => Promise<void> } }} options `start` starts the job,
 *   after `prepare` has made the table as it is to find it.
 * @returns {Promise<{ alone: number, beside: number }>} milliseconds
 */
export async function besideJob({ prepare = async () => {}, start, ...table }) {
  const alone = [];
  const beside = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    await prepare();
    alone.push(await runApplication(table));
    const job = start();
    beside.push(await runApplication(table));
    await job.stop();
  }
  return { alone: median(alone), beside: median(beside) };
}

async function runApplication(table) {
  const settings = JSON.stringify({ ...LOAD, ...table });
  const env = { ...process.env, BENCH_APPLICATION: settings };
  const { stdout } = await promisify(execFile)(process.execPath, [APPLICATION], { env });
  return JSON.parse(stdout).p99;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** A job that is stopped when the application has been measured. @param {(signal: AbortSignal) => Promise<unknown>} run */
export function startJob(run) {
  const stop = new AbortController();
  const ended = run(stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  // until it is asked for
  ended.catch(() => {});
  return {
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
