import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';

const PROGRAM = fileURLToPath(new URL('application-process.mjs', import.meta.url));

let application: Application;
let folder: string;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

beforeAll(async () => {
  // The processes run what is published, so it has to be what the sources say.
  const build = ['--no-install', 'tsc', '-b', 'packages/prisma', 'packages/store-postgres'];
  execFileSync('npx', build, { cwd: ROOT, stdio: 'pipe' });
  application = await openApplication();
  folder = await mkdtemp(join(tmpdir(), 'fieldseal-'));
}, 60_000);

afterAll(async () => {
  await application.close();
  await rm(folder, { recursive: true, force: true });
});

interface Report {
  readonly read: readonly string[];
  readonly found: string;
  readonly updated: string;
}

async function run(own: string, other: string): Promise<Report> {
  const args = [PROGRAM, application.url, join(folder, 'root'), own, other];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Report;
}

test('two processes that start at once on an empty key store read and find each other’s rows', async () => {
  const [first, second] = await Promise.all([run('a', 'b'), run('b', 'a')]);
  expect(first.read).toHaveLength(20);
  expect(first.read).toContain('b-7:9841117');
  expect(second.read).toContain('a-7:9741117');
  expect([first.found, second.found]).toEqual(['b-7', 'a-7']);
  expect([first.updated, second.updated]).toEqual(['b-3', 'a-3']);
  const { rows } = await application.sql.query('SELECT count(*)::int AS n FROM customers');
  expect(rows).toEqual([{ n: 40 }]);
}, 120_000);
