import { once } from 'node:events';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { Client } from 'pg';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alias, bytes, head } from '../conformance/sample-rows.ts';
import { buildPackages, otherProcess } from './other-process.ts';
import { freshDatabase, sql } from './test-database.ts';

describe('a key store on PostgreSQL with several processes', () => {
  let url: string;
  beforeAll(buildPackages, 120_000);
  beforeEach(async () => {
    url = await freshDatabase();
  });

  const start = (action: string, seeds: readonly number[]) =>
    Promise.all(
      seeds.map((seed) => otherProcess('store-process.mjs', [action, url, String(seed)])),
    );

  it('of two that make and initialise a development store at once one succeeds', async () => {
    const processes = await start('initialise', [1, 2]);
    const results = await Promise.all(processes.map((each) => each.act()));
    expect(results.toSorted()).toEqual([false, true]);
    const store = postgresStore(url);
    const state = await store.readControl();
    const winner = results.indexOf(true) + 1;
    expect(state?.rows.map((row) => row.table).toSorted()).toEqual(['alias', 'store_key']);
    expect(state?.rows.find((row) => row.table === 'alias')?.columns.name).toBe(
      `alias/process-${winner}`,
    );
    expect(state?.head.digest).toEqual(bytes(32, winner));
    expect(await sql(url, 'SELECT version FROM fieldseal.migration')).toHaveLength(1);
    await store.close();
  }, 30_000);

  it('four that make the data key of one scope at once go on with the same one', async () => {
    await migratePostgresStore(url);
    const processes = await start('insert', [1, 2, 3, 4]);
    const winners = await Promise.all(processes.map((each) => each.act()));
    expect(new Set(winners).size).toBe(1);
    const rows = await sql(url, `SELECT encode(row_mac, 'hex') AS mac FROM fieldseal.data_key`);
    expect(rows).toEqual([{ mac: winners[0] }]);
  }, 30_000);

  it('one killed in the middle of a change has written nothing and is in nobody’s way', async () => {
    await migratePostgresStore(url);
    const store = postgresStore(url);
    await store.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
    const before = await store.readControl();

    const blocker = new Client({ connectionString: url });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE fieldseal.alias IN SHARE MODE');
    const [writer] = await start('change', [7]);
    writer?.start();
    // It has swapped the head and waits for the table.
    await expect
      .poll(
        () =>
          sql(
            url,
            `SELECT FROM pg_locks WHERE NOT granted AND relation = 'fieldseal.alias'::regclass`,
          ),
        { timeout: 10_000 },
      )
      .toHaveLength(1);
    const exit = writer === undefined ? undefined : once(writer.child, 'exit');
    writer?.child.kill('SIGKILL');
    await exit;
    await blocker.query('ROLLBACK');
    await blocker.end();

    await expect
      .poll(
        () =>
          store
            .writeControl({
              expectedEpoch: 1n,
              put: [alias('alias/next')],
              remove: [],
              head: head(2n),
            })
            .catch(() => false),
        { timeout: 10_000 },
      )
      .toBe(true);
    expect(before?.rows).toEqual([]);
    expect((await store.readControl())?.rows.map((row) => row.columns.name)).toEqual([
      'alias/next',
    ]);
    await store.close();
  }, 40_000);

  it('one killed at any moment of a change has written all of it or nothing', async () => {
    await migratePostgresStore(url);
    const store = postgresStore(url);
    await store.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
    for (const delayMs of [1, 5, 10, 20]) {
      const [writer] = await start('change', [7]);
      const exit = writer === undefined ? undefined : once(writer.child, 'exit');
      writer?.start();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      writer?.child.kill('SIGKILL');
      await exit;
      // Its transaction may still be running on the server: this waits for the head's lock.
      await sql(url, 'SELECT FROM fieldseal.head FOR UPDATE');
      const state = await store.readControl();
      expect(state?.rows).toHaveLength(state?.head.epoch === 2n ? 500 : 0);
      if (state?.head.epoch === 2n) {
        const back = { expectedEpoch: 2n, put: [], remove: state.rows, head: head(1n) };
        expect(await store.writeControl(back)).toBe(true);
      }
    }
    await store.close();
  }, 60_000);
});
