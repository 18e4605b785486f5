import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CliProject, createProject } from './run-cli.ts';

const FIELD = 'Person.pan';
const ROWS = 300;
const PLACE = ['--row', 'id=1', '--tenant', 't1'];
const phase = 'migrating';
const CTRL_C = '\u0003';
const CURSOR_ON = '\u001b[?25h';

let project: CliProject;
beforeAll(async () => {
  // nobody else has the table open
  project = await createProject(ROWS, undefined, undefined, 0);
}, 60_000);
afterAll(() => project.close());

async function cells(): Promise<number> {
  const { rows } = await project.sql.query(
    `SELECT count(*)::int AS n FROM people WHERE starts_with(pan, 'fs1.')`,
  );
  return rows[0].n;
}

test('a value that is typed is not shown, and one that comes through a pipe is not asked for', async () => {
  const value = '4000 0000 7777 0001';
  const typed = await project.runInTerminal(['seal', FIELD, ...PLACE], {
    input: `${value}\r`,
    phase,
  });
  expect(typed.code).toBe(0);
  expect(typed.out).toContain('Value of Person.pan');
  expect(typed.out).not.toContain('4000');
  const [cell = ''] = /fs1\.[\w-]+/.exec(typed.out) ?? [];
  const piped = await project.run(['open', FIELD, ...PLACE, '--yes'], { input: cell, phase });
  expect(piped).toEqual({ code: 0, out: `${value}\n`, err: '' });
});

test('Ctrl-C at a question does nothing', async () => {
  const left = await project.runInTerminal(['seal', FIELD, ...PLACE], { input: CTRL_C, phase });
  expect(left.code).toBe(5);
  expect(left.out).not.toContain('fs1.');
});

test('Ctrl-C stops a job in order and gives the cursor back, and a pipe goes on with it', {
  timeout: 60_000,
}, async () => {
  const args = ['encrypt-existing', FIELD, '--batch-size', '5', '--rows-per-second', '50'];
  const child = project.startInTerminal(args, { phase });
  const out: Buffer[] = [];
  child.stdout?.on('data', (part: Buffer) => out.push(part));
  const ended = new Promise((resolve) => child.on('close', resolve));
  await vi.waitFor(async () => expect(await cells()).toBeGreaterThan(20), {
    timeout: 30_000,
    interval: 50,
  });
  child.stdin?.write(CTRL_C);
  expect(await ended).toBe(5);
  const shown = Buffer.concat(out).toString();
  expect(shown).toMatch(/cells .*of about 300 .*rows\/s .*\d+s left/);
  expect(shown).toContain('ERR_JOB_STOPPED');
  expect(shown.lastIndexOf(CURSOR_ON)).toBeGreaterThan(shown.lastIndexOf('rows/s'));
  const sealed = await cells();
  expect(sealed).toBeLessThan(ROWS);
  const again = await project.run([...args.slice(0, 2), '--load', '1', '--json'], { phase });
  expect(JSON.parse(again.out)).toMatchObject({ state: 'done', problemCount: 0 });
  const [step] = JSON.parse(again.out).steps;
  expect(step).toMatchObject({ step: 'cells', written: ROWS - sealed });
});
