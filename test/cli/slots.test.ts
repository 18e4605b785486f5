import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliProject, createProject } from './run-cli.ts';

let project: CliProject;
beforeAll(async () => {
  project = await createProject(1);
}, 60_000);
afterAll(() => project.close());

const BOTH = ['--config', 'two-roots.config.ts'];

async function json(code: number, ...args: string[]): Promise<Record<string, unknown>[]> {
  const ran = await project.run([...args, '--json']);
  expect(ran).toMatchObject({ code, err: '' });
  return ran.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('a slot is added, tried, and taken away by its id', { timeout: 120_000 }, async () => {
  const [first] = await json(0, 'slots', 'list');
  expect(first).toMatchObject({ kind: 'dev-file', recovery: false, isTestDue: false });
  const added = await json(0, 'slots', 'add', '--label', 'rack 7', ...BOTH);
  expect(added).toMatchObject([{ slotId: first?.id, added: false }, { added: true }]);
  const second = String(added[1]?.slotId);
  expect(await json(0, 'slots', 'list')).toContainEqual(
    expect.objectContaining({ id: second, label: 'rack 7' }),
  );

  const tested = await json(0, 'slots', 'test', ...BOTH);
  expect(tested.map(({ opened }) => opened)).toEqual([true, true]);
  const found = await json(1, 'slots', 'test');
  expect(found).toContainEqual({ id: first?.id, opened: true });
  expect(found).toContainEqual({ id: second, opened: false, code: 'ERR_WRONG_ROOT' });
  expect(await json(0, 'doctor')).toContainEqual(
    expect.objectContaining({ check: 'slot tests', level: 'ok' }),
  );

  const lines = await json(0, 'slots', 'export');
  expect(lines.map(({ id }) => id).sort()).toEqual([String(first?.id), second].sort());

  const remove = ['slots', 'remove', String(first?.id), ...BOTH];
  expect(await project.run(remove)).toMatchObject({ code: 2, out: '' });
  const removed = await project.run([...remove, '--yes']);
  expect(removed).toMatchObject({ code: 0 });
  expect(removed.out).toMatch(/revokes nothing[\s\S]*slots rotate/);
  expect((await project.run(['slots', 'list'])).err).toContain('ERR_WRONG_ROOT');
  const last = await project.run(['slots', 'remove', second, ...BOTH, '--yes']);
  expect(last).toMatchObject({ code: 1, out: '' });
  expect(last.err).toContain('ERR_SLOT_REQUIRED');
});
