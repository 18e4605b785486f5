import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeCell } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { afterAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { startPostgres } from '../support/postgres.ts';
import { createPeople, KEYS } from './people-table.ts';

const IS_LONG = process.env.FIELDSEAL_LONG === '1';
const ROWS = IS_LONG ? 1_000_000 : 20_000;
/** Few rows have to be long, or nobody would notice that they are kept. */
const LENGTH = IS_LONG ? 40 : 2000;
const TIMEOUT_MS = IS_LONG ? 3_600_000 : 60_000;
/** With little room for what is no longer needed. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=1', '--max-old-space-size=128'];
const CHILD = fileURLToPath(new URL('./measured-job.mjs', import.meta.url));

const folder = temporaryFolder('memory');
afterAll(() => folder.remove());

/** Cells under an old version of their key, the same in all rows. */
async function fullTable() {
  const url = await (await startPostgres()).createDatabase();
  const rootFile = join(folder.path, 'root');
  const { sql, codec, keyring, manifest, close } = await createPeople({
    url,
    store: postgresStore(url),
    roots: [devFileRoot({ path: rootFile })],
    rows: 0,
    key: KEYS.int!,
    phase: 'sealed',
    field: { bind: 'field', indexes: [] },
    more: 'ALTER TABLE people DROP CONSTRAINT people_pan_key',
  });
  const target: Record<string, unknown> = { pan: '4'.repeat(LENGTH) };
  const call = codec.call('test');
  call.seal({ model: 'Person', target, row: { id: '1' }, scope: { tenant: 't0' } });
  await call.run();
  await sql.query(
    `INSERT INTO people (id, tenant_id, pan) SELECT n, 't0', $2 FROM generate_series(1, $1::int) AS n`,
    [ROWS, target.pan],
  );
  await sql.query('ANALYZE people');
  await keyring.rotateKey('alias/kyc');
  return { url, rootFile, manifest, sql, close, before: describeCell(String(target.pan)) };
}

test(`memory does not grow with the table: ${ROWS} rows`, { timeout: TIMEOUT_MS }, async () => {
  const { sql, close, before, ...settings } = await fullTable();
  const env = { ...process.env, JOB_WORKER: JSON.stringify(settings), ROWS: String(ROWS) };
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [...FLAGS, CHILD], { env });
  const { early, late, ...report } = JSON.parse(stdout);
  expect(report).toEqual({ state: 'done', problemCount: 0, written: ROWS });
  expect(early.kept).toBeGreaterThan(0);
  expect(late.kept / early.kept).toBeLessThan(1.25);
  expect(late.resident / early.resident).toBeLessThan(1.25);
  const { rows } = await sql.query('SELECT pan FROM people WHERE id = $1', [ROWS]);
  expect(describeCell(rows[0].pan).dataKeyId).not.toBe(before.dataKeyId);
  await close();
});
