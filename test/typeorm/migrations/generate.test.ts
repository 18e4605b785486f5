import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../../support/postgres.ts';

const CLI = fileURLToPath(new URL('../../../node_modules/typeorm/cli.js', import.meta.url));
const SOURCE = fileURLToPath(new URL('data-source.mjs', import.meta.url));

let url: string;
let folder: string;

beforeAll(async () => {
  url = await (await startPostgres()).createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'fieldseal-migrations-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The command line of TypeORM in a process of its own, as people run it. */
async function typeorm(...command: readonly string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: url, MIGRATIONS: folder };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, ...command, '-d', SOURCE],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
      },
    );
  });
}

const generate = (name: string) =>
  typeorm('migration:generate', join(folder, name), '--outputJs', '--esm');

test('migration:generate makes the columns of cells and tokens once, and finds nothing afterwards', async () => {
  const first = await generate('first');
  expect(first.output).toContain('has been generated successfully');
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.js'));
  const written = await readFile(join(folder, file), 'utf8');
  const text = written.replaceAll(String.raw`\"`, '"');
  expect(text).toContain('"number" text NOT NULL');
  expect(text).toContain('"numberToken" bytea NOT NULL');
  expect(text).toMatch(/CREATE UNIQUE INDEX "[^"]+" ON "card" +\("numberToken"\)/);
  expect(text).toMatch(/CREATE INDEX "[^"]+" ON "card" +\("holderToken"\)/);

  expect(await typeorm('migration:run')).toMatchObject({ code: 0 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT column_name AS name, data_type AS type, is_nullable AS nullable
FROM information_schema.columns WHERE table_name = 'card' ORDER BY column_name`,
  );
  await client.end();
  expect(rows).toEqual([
    { name: 'holder', type: 'text', nullable: 'YES' },
    { name: 'holderToken', type: 'bytea', nullable: 'YES' },
    { name: 'id', type: 'uuid', nullable: 'NO' },
    { name: 'label', type: 'text', nullable: 'YES' },
    { name: 'number', type: 'text', nullable: 'NO' },
    { name: 'numberLast4', type: 'bytea', nullable: 'NO' },
    { name: 'numberToken', type: 'bytea', nullable: 'NO' },
  ]);

  const second = await generate('second');
  expect(second.output).toContain('No changes in database schema were found');
  expect(await typeorm('migration:revert')).toMatchObject({ code: 0 });
}, 120_000);
