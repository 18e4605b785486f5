import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { backUp } from './back-up.ts';
import { pageCommands } from './page-commands.ts';
import { type CliProject, createProject, type Ran } from './run-cli.ts';

const COMMANDS = pageCommands('others').flat();
const SEALED = 'npx fieldseal phase Customer.aadhaar sealed';
const folder = temporaryFolder('operations');
const TOMBSTONES = join(folder.path, 'tombstones.jsonl');

let project: CliProject;
const ran = new Map<string, Ran>();
const again = new Map<string, Ran>();
let restore: (() => Promise<void>) | undefined;
let shredded: Cell | undefined;
let kept: Cell | undefined;

interface Cell {
  readonly pan: string | null;
  readonly id: string;
}

/** One row of a tenant. */
async function cellOf(tenant: string): Promise<Cell> {
  const { rows } = await project.sql.query(
    'SELECT pan, id FROM people WHERE tenant_id = $1 ORDER BY id LIMIT 1',
    [tenant],
  );
  return rows[0];
}

beforeAll(async () => {
  // nobody else has the table open
  project = await createProject(6, 'alias/kyc', undefined, 0);
}, 120_000);
afterAll(async () => {
  await project.close();
  folder.remove();
});

/** What the annotation says on that day. */
function phaseFor(command: string): string {
  if (!ran.has(SEALED)) return 'plain';
  const isLeaving = ran.has('npx fieldseal grants list alias/kyc');
  return isLeaving && !command.startsWith('grants') ? 'leaving' : 'sealed';
}

async function runLine(line: string): Promise<void> {
  if (line.startsWith('pg_restore ')) return restore?.();
  const [, command = ''] = /^npx fieldseal (.*)$/.exec(line) ?? [];
  expect(command, line).not.toBe('');
  if (command === 'shred --tenant t1 --dry-run') {
    restore = await backUp(project.sql);
    shredded = await cellOf('t1');
  }
  if (command.startsWith('decrypt-back')) kept = await cellOf('t0');
  const args = command
    .replaceAll('Customer.aadhaar', 'Person.pan')
    .replace('tombstones.jsonl', TOMBSTONES)
    .split(' ');
  if (command === 'index rotate Customer.aadhaar') args.push('--hear', '16');
  const phase = phaseFor(command);
  const done = await project.run(args, { phase });
  // doctor finds what is wrong with any laptop
  const codes = command === 'doctor' ? [0, 1] : [0];
  expect(codes, `${line}\n${done.out}${done.err}`).toContain(done.code);
  // what is run twice tells what it is after the first part in `ran`, and at the end here
  if (ran.has(line)) again.set(line, done);
  else ran.set(line, done);
  if (command === 'restore tombstones') writeFileSync(TOMBSTONES, done.out);
}

test('every command of docs/operations.md runs, in its order', { timeout: 900_000 }, async () => {
  expect(COMMANDS.length).toBeGreaterThan(25);
  for (const line of COMMANDS) await runLine(line);

  const dryRun = ran.get('npx fieldseal encrypt-existing Customer.aadhaar --dry-run')?.out;
  expect(dryRun).toContain('Went over');
  expect(ran.get('npx fieldseal status')?.out).toMatch(/Person\.pan.*sealed.*6.*0.*0.*0/);
  const coverage = JSON.parse(ran.get('npx fieldseal coverage --json')?.out ?? '{}');
  expect(coverage.coverage.versions).toMatchObject([{ cells: 6, keyVersion: 2 }]);
  const left = JSON.parse(again.get('npx fieldseal coverage --json')?.out ?? '{}');
  expect(left.coverage.versions).toEqual([]);
  const accepted = [...ran].find(([line]) => line.includes('restore accept'))?.[1].out;
  expect(accepted).toContain('1 tombstones were missing');
  // shredded before the restore, and still
  const place = ['open', 'Person.pan', '--row', `id=${shredded?.id}`, '--tenant', 't1', '--yes'];
  const refused = await project.run(place, { input: shredded?.pan ?? '', phase: 'sealed' });
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain('ERR_KEY_DESTROYED');
  expect((await cellOf('t1')).pan).not.toBe(shredded?.pan);
  // who left has plaintext again
  expect(kept?.pan).toMatch(/^fs1\./);
  expect((await cellOf('t0')).pan).not.toMatch(/^fs1\./);
});
