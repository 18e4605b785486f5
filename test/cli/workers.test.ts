import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encryptExisting } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { leaveLongAgo } from '../jobs/leave-long-ago.ts';
import { ALIAS, openPeopleApplication } from '../jobs/people-application.ts';
import { type CliProject, createProject } from './run-cli.ts';

const FIELD = 'Person.pan';
const ROWS = 300;

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function project(rows = ROWS, settleMs?: number): Promise<CliProject> {
  const made = await createProject(rows, ALIAS, undefined, settleMs);
  closing.push(() => made.close());
  return made;
}

/** Runs a job in two threads; gives its report. The process that starts them writes nothing itself. */
async function inThreads(made: CliProject, phase: string, ...args: string[]) {
  const threads = ['--workers', '2', '--load', '1', '--json'];
  const { code, out, err } = await made.run([...args, ...threads], { phase });
  expect({ code, err: code === 0 ? '' : err + out }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

describe.concurrent('several threads, by the command line', { timeout: 120_000 }, () => {
  test('seal a column, look at it, and open it again', async () => {
    // nobody else has the table open
    const made = await project(ROWS, 0);
    const key = await made.run(['keys', 'create', '--alias', ALIAS]);
    expect(key.code).toBe(0);
    const sealed = await inThreads(made, 'plain', 'encrypt-existing', FIELD);
    expect(sealed).toMatchObject({ state: 'done', phase: 'migrating', problemCount: 0 });
    const writes = sealed.steps.map(({ step, written }: Record<string, unknown>) => [
      step,
      written,
    ]);
    expect(writes).toEqual(
      expect.arrayContaining([
        ['tokens', ROWS],
        ['cells', ROWS],
      ]),
    );
    expect(await inThreads(made, 'plain', 'verify', FIELD)).toMatchObject({
      state: 'done',
      steps: [{ step: 'verify', read: ROWS }],
    });
    expect((await made.run(['phase', FIELD, 'sealed'])).code).toBe(0);
    await leaveLongAgo(made);
    const opened = await inThreads(made, 'plain', 'decrypt-back', FIELD);
    expect(opened).toMatchObject({ state: 'done', phase: 'leaving', problemCount: 0 });
    const { rows } = await made.sql.query(
      `SELECT count(*)::int AS n FROM people WHERE pan = '4111 1111 ' || lpad(id::text, 8, '0')`,
    );
    expect(rows).toEqual([{ n: ROWS }]);
  });

  test('rotate an index', async () => {
    const made = await project();
    const { keyring, job, stored, opened } = await openPeopleApplication(made);
    closing.push(() => keyring.close());
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    await keyring.setPhase('people.pan', 'sealed');
    const values = await opened();
    const before = new Set((await stored()).map(({ panToken }) => String(panToken)));
    const report = await inThreads(made, 'migrating', 'index', 'rotate', FIELD, '--hear', '16');
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(report.steps[0]).toMatchObject({ step: 'tokens', written: ROWS });
    expect(await opened()).toEqual(values);
    const after = await stored();
    expect(after.filter(({ panToken }) => before.has(String(panToken)))).toEqual([]);
    expect(keyring.indexStateOf('people.pan.equality')).toBe('ready');
  });
});

test('jobs that one process does refuse to be shared, and say so', async () => {
  const made = await project(1);
  const file = join(dirname(made.rootFile), 'moves.jsonl');
  await writeFile(file, '{"from":{"id":1},"to":{"id":2}}');
  for (const args of [
    ['rebind', FIELD, '--moves', file, '--yes'],
    ['shred', '--tenant', 't1', '--rows', '--yes'],
    ['rewrap', ALIAS],
  ]) {
    const { code, out, err } = await made.run([...args, '--workers', '2']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('runs in one process');
  }
});
