import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectSealed } from '@fieldseal/testing';
import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { prismaEnvironment } from '../../scripts/prisma-offline/environment.mjs';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';
import { readColumnGuide, readQuickstart } from './read-quickstart.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const quickstart = readQuickstart();
const project = mkdtempSync(join(tmpdir(), 'fieldseal-quickstart-'));
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Writes what a reader of the README has in front of them; the packages are those of this repository. */
function writeProject(): void {
  const files = new Map([
    ...quickstart.files,
    ['package.json', JSON.stringify({ name: 'quickstart', private: true, type: 'module' })],
  ]);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  symlinkSync(MODULES, join(project, 'node_modules'));
}

async function run(command: string, url: string): Promise<string> {
  const environment = prismaEnvironment();
  const child = spawn(command, {
    cwd: project,
    shell: true,
    env: {
      ...environment,
      NODE_OPTIONS: '',
      NO_COLOR: '1',
      // somebody at a terminal, also where these tests run by themselves
      CI: undefined,
      TERM: 'xterm',
      DATABASE_URL: url,
      PATH: `${join(project, 'node_modules', '.bin')}${delimiter}${environment.PATH}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  expect(code, output).toBe(0);
  return output;
}

it('names every package that the code of the quickstart imports', () => {
  const code = [...quickstart.files].filter(([path]) => path.endsWith('.ts'));
  const imported = code.flatMap(([, text]) =>
    [...text.matchAll(/from '((?:@[^/']+\/)?[^./'][^/']*)/g)].map(([, name]) => name ?? ''),
  );
  expect(imported.length).toBeGreaterThanOrEqual(5);
  for (const name of imported) expect(quickstart.packages).toContain(name);
  for (const name of quickstart.packages) expect(existsSync(join(MODULES, name)), name).toBe(true);
});

it('the quickstart of the README, run as it stands, leaves only cells in the table', async () => {
  expect([...quickstart.files.keys()]).toEqual([
    'tsconfig.json',
    'prisma/schema.prisma',
    'prisma.config.ts',
    'src/db.ts',
    'src/app.ts',
  ]);
  const server = await startPostgres();
  const url = await server.createDatabase();
  writeProject();

  const migrated = await run(quickstart.migrate, url);
  expect(migrated).toContain('Your database is now in sync with your schema.');
  const printed = await run(quickstart.start, url);
  expect(printed).toContain('application: Asha Rao 1990-05-06T00:00:00.000Z');
  expect(printed.slice(printed.indexOf('database:'))).not.toContain('Asha');

  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>('SELECT * FROM "Customer"');
  await client.end();
  expect(rows).toHaveLength(1);
  for (const name of ['name', 'aadhaar', 'dateOfBirth']) expectSealed(rows[0]?.[name]);
  expect(rows[0]?.aadhaarToken).toHaveLength(32);
  expect(rows[0]?.email).toBe('asha@example.com');
  const secrets = ['Asha Rao', '1234 1234 1238', '123412341238'];
  expect(await huntPlaintext({ server, url, secrets })).toEqual([]);
  await sealEmail(url);
}, 300_000);

/** The second guide, on the project of the first and the row that it made. */
async function sealEmail(url: string): Promise<void> {
  const { schema, config, commands } = readColumnGuide();
  const path = join(project, 'prisma/schema.prisma');
  const before = quickstart.files.get('prisma/schema.prisma') ?? '';
  const after = before.replace('  email        String  @unique\n', schema);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  writeFileSync(join(project, 'fieldseal.config.ts'), config);
  const printed: string[] = [];
  // Prisma asks before it adds a unique index, so it gets a terminal and an answer; now and then,
  // as a terminal that nobody reads would echo an endless one into memory
  const answers = '(for i in $(seq 400); do sleep 0.5; echo y || exit; done)';
  for (const command of commands)
    printed.push(await run(`${answers} | script -qec '${command}' /dev/null`, url));
  expect(printed.join('')).toContain('Customer.email: done, phase migrating.');
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>('SELECT * FROM "Customer"');
  expectSealed(rows[0]?.email);
  expect(rows[0]?.emailToken).toHaveLength(32);
  // the application of the quickstart writes the same address again: refused by the token
  const again = run(quickstart.start, url).catch((error: unknown) => String(error));
  expect(await again).toContain('Unique constraint failed on the fields');
  await client.end();
}
