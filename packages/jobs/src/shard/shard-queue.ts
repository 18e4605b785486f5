import { FieldsealError } from '@fieldseal/core';
import pg, { type ClientConfig } from 'pg';
import { driverCode } from '../table/session.ts';
import { readShardName } from './read-shard-message.ts';
import type { ShardMessage, ShardName } from './shard-message.ts';

/** How a delivery ended for the queue: nothing more to do, or the same message again. */
export type Delivered = 'done' | { readonly again: ShardMessage; readonly afterSeconds: number };

/** Messages between those who start jobs and those who work on them, in the same database. */
export interface ShardQueue {
  send(messages: readonly ShardMessage[]): Promise<void>;
  /**
   * Works on messages, one at a time. One that throws comes again, later and later; one whose worker
   * does not answer in time comes again to another. What names no shard is nobody's.
   * @param handle - Gets the shard, and the message as it was found: whoever can write to the queue has made it.
   */
  work(handle: (shard: ShardName, data: unknown) => Promise<Delivered>): Promise<void>;
  /** Hears of messages that have failed too often. */
  onGivenUp(handle: (shard: ShardName) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** The part of pg-boss that is used; the same in versions 10 to 12. */
interface Boss {
  on(event: 'error', listener: (error: Error) => void): unknown;
  start(): Promise<unknown>;
  stop(options: { graceful: boolean; timeout: number }): Promise<void>;
  createQueue(name: string, options: object): Promise<unknown>;
  send(name: string, data: object, options: object): Promise<string | null>;
  work(
    name: string,
    options: object,
    handler: (jobs: readonly { data: unknown }[]) => Promise<unknown>,
  ): Promise<string>;
  notifyWorker(id: string): void;
}

const QUEUE = 'fieldseal-shards';
const GIVEN_UP = 'fieldseal-shards-given-up';
const SCHEMA = 'fieldseal_queue';
/** With pauses that double from two seconds: about eight minutes. */
const RETRIES = { retryLimit: 8, retryDelay: 2, retryBackoff: true };
const STOP_MS = 30_000;

/**
 * Opens the queue of pg-boss, in the schema `fieldseal_queue`, which it makes where it is missing.
 *
 * @param takeOverSeconds - After which a worker that says nothing is given up.
 * @throws `ERR_CONFIG_INVALID` without pg-boss; `ERR_DATABASE`
 */
export async function openShardQueue(
  database: string | ClientConfig,
  takeOverSeconds: number,
): Promise<ShardQueue> {
  const given = typeof database === 'string' ? { connectionString: database } : database;
  const pool = new pg.Pool({ application_name: 'fieldseal-jobs-queue', ...given, max: 2 });
  // a connection that is lost is replaced at the next statement
  pool.on('error', () => {});
  const intervalSeconds = Math.max(1, Math.ceil(takeOverSeconds / 4));
  const boss = await createBoss({
    db: { executeSql: (text: string, values: unknown[]) => pool.query(text, values) },
    schema: SCHEMA,
    schedule: false,
    maintenanceIntervalSeconds: intervalSeconds,
    superviseIntervalSeconds: intervalSeconds,
    monitorIntervalSeconds: intervalSeconds,
  });
  // it goes on by itself, and what it cannot do shows in shards that nobody works on
  boss.on('error', () => {});
  try {
    await alone(pool, async () => {
      await boss.start();
      await boss.createQueue(GIVEN_UP, { name: GIVEN_UP });
      await boss.createQueue(QUEUE, { name: QUEUE, deadLetter: GIVEN_UP, ...RETRIES });
    });
  } catch (error) {
    await boss.stop({ graceful: false, timeout: STOP_MS }).catch(() => {});
    const refused = fromBoss(error);
    const isOlder = NOT_MIGRATED.test(refused.meta.reason ?? '') && (await isOfOlderBoss(pool));
    await pool.end();
    throw isOlder ? olderQueue() : refused;
  }

  async function send(message: ShardMessage, startAfter: number): Promise<void> {
    const { takeOverSeconds: expireInSeconds } = message;
    const options = { ...RETRIES, expireInSeconds, startAfter, deadLetter: GIVEN_UP };
    await boss.send(QUEUE, message, options).catch((error: unknown) => {
      throw fromBoss(error);
    });
  }

  async function listen(
    name: string,
    handle: (shard: ShardName, data: unknown) => Promise<unknown>,
  ): Promise<void> {
    const id = await boss.work(
      name,
      { batchSize: 1, pollingIntervalSeconds: 0.5 },
      async (jobs) => {
        for (const { data } of jobs) {
          const shard = readShardName(data);
          if (shard !== undefined) await handle(shard, data);
        }
        // the next one is fetched at once
        setImmediate(() => boss.notifyWorker(id));
      },
    );
  }

  return {
    async send(messages) {
      for (const message of messages) await send(message, 0);
    },
    work: (handle) =>
      listen(QUEUE, async (shard, data) => {
        const delivered = await handle(shard, data);
        if (delivered !== 'done') await send(delivered.again, delivered.afterSeconds);
      }),
    onGivenUp: (handle) => listen(GIVEN_UP, handle),
    async close() {
      await boss.stop({ graceful: true, timeout: STOP_MS }).catch(() => {});
      await pool.end().catch(() => {});
    },
  };
}

/** Two processes that make the same queue at once would block each other. */
async function alone(pool: pg.Pool, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(hashtextextended('fieldseal_queue', 0))`);
    try {
      await work();
    } finally {
      await client.query(`SELECT pg_advisory_unlock(hashtextextended('fieldseal_queue', 0))`);
    }
  } finally {
    client.release();
  }
}

/** How pg-boss fails on tables that it does not take over: by an error of its own, or for want of a table. */
const NOT_MIGRATED = /^(QUEUE|42P01)$/;
/** Version of its tables from which on pg-boss brings them up to date by itself: that of pg-boss 11. */
const LEAST_VERSION = 25;

/** Whether the tables of a queue that does not start are those of pg-boss 10, which later ones do not take over. */
async function isOfOlderBoss(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool
    .query(`SELECT version FROM ${SCHEMA}.version`)
    .catch(() => ({ rows: [] }));
  return rows.length === 1 && Number(rows[0]?.version) < LEAST_VERSION;
}

function olderQueue(): FieldsealError {
  const message = `The queue in the schema ${SCHEMA} was made by pg-boss 10, which no later one takes over: end all jobs and workers, and drop the schema; it holds messages alone`;
  return new FieldsealError('ERR_DATABASE', message, { reason: 'QUEUE_VERSION' });
}

async function createBoss(options: object): Promise<Boss> {
  const module = (await import('pg-boss').catch(() => {
    const message = 'Jobs with several workers need the package pg-boss: install it';
    throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'workers' });
  })) as { PgBoss?: unknown; default?: unknown };
  const Constructor = (module.PgBoss ?? module.default) as new (options: object) => Boss;
  return new Constructor(options);
}

/** Only a code is kept, as of every other error of the driver. */
function fromBoss(error: unknown): FieldsealError {
  if (error instanceof FieldsealError) return error;
  const reason = driverCode(error) ?? 'QUEUE';
  return new FieldsealError('ERR_DATABASE', `The queue refused a statement (${reason})`, {
    reason,
  });
}
