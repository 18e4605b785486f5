import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { encryptExisting, verifyField } from '@fieldseal/jobs';
import { postgresStore } from '@fieldseal/store-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from './entities.ts';
import { openShop } from './shop.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = fileURLToPath(new URL('old-process.mjs', import.meta.url));

/** Each takes the job a while to settle, so one has to do outside of long runs. */
const FIELDS: readonly string[] =
  process.env.FIELDSEAL_LONG === '1' ? ['card', 'aadhaar'] : ['card'];

let folder: string;

beforeAll(async () => {
  // The process runs what is published, so it has to be what the sources say.
  const build = ['--no-install', 'tsc', '-b', 'packages/typeorm', 'packages/store-postgres'];
  execFileSync('npx', build, { cwd: ROOT, stdio: 'pipe' });
  folder = await mkdtemp(join(tmpdir(), 'fieldseal-'));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts it, and gives what ends it and tells what it did. */
async function startOldProcess(url: string, root: string) {
  const child = spawn(process.execPath, [PROGRAM, url, root], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, 'close');
  const running = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('running')) resolve();
    });
    void ended.then(() => reject(new Error(errors)));
  });
  await running;
  return async (): Promise<{ written: string[]; wrong: number[] }> => {
    child.stdin.end();
    const [code] = await ended;
    expect(code, errors).toBe(0);
    return JSON.parse(output.slice(output.indexOf('{'))) as { written: string[]; wrong: number[] };
  };
}

test('a process that still runs with the old manifest writes and reads rightly all the way', async () => {
  const root = join(folder, 'root');
  const open = (url: string) =>
    openKeyring({
      store: postgresStore({ connectionString: url }),
      roots: [devFileRoot({ path: root })],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
    });
  const shop = await openShop(open);
  const end = await startOldProcess(shop.url, root);
  for (const field of FIELDS) {
    const report = await encryptExisting(shop.job(`Customer.${field}`));
    expect(report).toMatchObject({ state: 'done', problems: [] });
    await shop.keyring.setPhase(`customers.${field}`, 'sealed');
  }
  // it goes on for a while, although its annotation would let it write plaintext
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const { written, wrong } = await end();
  expect(written.length).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
  for (const field of FIELDS) {
    const report = await verifyField(shop.job(`Customer.${field}`));
    expect(report).toMatchObject({ state: 'done', problems: [] });
    const { rows } = await shop.sql.query(
      `SELECT count(*)::int AS n FROM customers WHERE ${field} NOT LIKE 'fs1.%'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  }
  const some = written.filter((_, n) => n % 10 === 0);
  for (const card of some) {
    const byTypeorm = await shop.typeorm.getRepository(Customer).findOneByOrFail({ card });
    const byPrisma = await shop.prisma.customer.findUniqueOrThrow({ where: { card } });
    expect([byTypeorm.aadhaar, byPrisma.aadhaar]).toEqual([card, card]);
    expect(byPrisma.id).toBe(byTypeorm.id);
  }
  await shop.close();
}, 180_000);
