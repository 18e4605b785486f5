import { copyFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageCommands } from './page-commands.ts';
import { type CliProject, createProject, type Ran } from './run-cli.ts';

const [LOOK, ADD, REMOVE, ROTATE, TRY, ...others] = pageCommands('lost root');
const BOTH = ['--config', 'two-roots.config.ts'];
const phase = 'migrating';

let project: CliProject;
beforeAll(async () => {
  project = await createProject(4, undefined, undefined, 0);
}, 60_000);
afterAll(() => project.close());

const run = (...args: string[]): Promise<Ran> => project.run(args, { phase });

async function slots(): Promise<Record<string, unknown>[]> {
  const { out } = await run('slots', 'list', '--json', ...BOTH);
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Runs a block of the page with both roots in the configuration. */
async function follow(block: readonly string[] | undefined, lost: string): Promise<string> {
  let out = '';
  for (const line of block ?? []) {
    expect(line).toMatch(/^npx fieldseal /);
    const command = line.replace('npx fieldseal ', '').replace('<lost slot>', lost);
    const done = await run(...command.split(' '), ...BOTH);
    // doctor finds what is wrong with any laptop, and the first test the slot that is lost
    const codes = command === 'doctor' ? [0, 1] : [block === LOOK && /test$/.test(command) ? 1 : 0];
    expect(codes, `${line}\n${done.out}${done.err}`).toContain(done.code);
    out += done.out;
  }
  return out;
}

/** The device is gone, with the key in it: what has it alone starts no more. */
async function lose(): Promise<void> {
  rmSync(project.rootFile);
  const alone = await run('status');
  expect(alone).toMatchObject({ code: 3, out: '' });
  expect(alone.err).toContain('ERR_WRONG_ROOT');
}

test('a lost device is replaced as docs/operations.md says', { timeout: 180_000 }, async () => {
  expect(others).toEqual([]);
  const before = await run('encrypt-existing', 'Person.pan', '--load', '1');
  expect(before).toMatchObject({ code: 0 });
  const [first] = await slots();
  expect(await run('slots', 'add', ...BOTH)).toMatchObject({ code: 0 });
  const survivor = (await slots()).find(({ id }) => id !== first?.id);

  // broken: its slot goes
  await lose();
  const seen = await follow(LOOK, '');
  expect(seen).toMatch(/Person\.pan.*migrating.*4/);
  expect(seen).toContain(`${first?.id}: was not opened`);
  expect(seen).toContain(`${survivor?.id}: dev-file opens it`);
  await follow(ADD, '');
  await follow(REMOVE, String(first?.id));
  await follow(TRY, '');
  const second = (await slots()).find(({ label }) => label === 'rack-9');
  expect((await slots()).map(({ id }) => id).sort()).toEqual([survivor?.id, second?.id].sort());
  // the new device opens the store by itself, and every row
  expect(await run('verify', 'Person.pan', '--load', '1')).toMatchObject({ code: 0 });

  // stolen: the root key in it is replaced
  copyFileSync(project.rootFile, `${project.rootFile}-stolen`);
  await lose();
  await follow(LOOK, '');
  await follow(ADD, '');
  await follow(ROTATE, String(second?.id));
  expect(await follow(TRY, '')).not.toContain('was not opened');
  const after = await slots();
  expect(after.map(({ rootGeneration }) => rootGeneration)).toEqual([2, 2]);
  expect(await run('verify', 'Person.pan', '--load', '1')).toMatchObject({ code: 0 });
  copyFileSync(`${project.rootFile}-stolen`, project.rootFile);
  expect((await run('status')).err).toContain('ERR_WRONG_ROOT');
});
