import pg from 'pg';
import { expect, test } from 'vitest';
import { outwaitWriters, writersNow } from '../../packages/jobs/src/table/outwait-writers.ts';
import { openSession } from '../../packages/jobs/src/table/session.ts';
import { startPostgres } from '../support/postgres.ts';

test('a transaction that began last is waited for, with nothing after it', async () => {
  const url = await (await startPostgres()).createDatabase();
  const session = await openSession(url);
  const writer = new pg.Client({ connectionString: url });
  await writer.connect();
  const begin = async (): Promise<bigint> => {
    await writer.query('BEGIN');
    const { rows } = await writer.query('SELECT pg_current_xact_id()::text AS id');
    return BigInt(rows[0].id);
  };
  // others of this server end transactions meanwhile, but hardly in each of these moments
  for (let n = 0; n < 20; n++) {
    const id = await begin();
    expect(BigInt(await writersNow(session))).toBeGreaterThan(id);
    await writer.query('COMMIT');
  }
  await begin();
  const fence = await writersNow(session);
  expect(await outwaitWriters(session, 100, fence)).toBe(false);
  await writer.query('COMMIT');
  expect(await outwaitWriters(session, 30_000, fence)).toBe(true);
  await writer.end();
  await session.close();
});
