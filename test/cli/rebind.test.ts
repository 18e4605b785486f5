import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliProject, createProject } from './run-cli.ts';

const FIELD = 'Person.pan';

let project: CliProject;
let file: string;

beforeAll(async () => {
  project = await createProject(4);
  file = join(dirname(project.rootFile), 'moves.jsonl');
});
afterAll(() => project.close());

test.each([
  ['no JSON', '{"from":{"id":1},"to":{"id":2}}\n4111-secret'],
  ['a value that is none', '\n{"from":{"id":{"x":"4111-secret"}},"to":{"id":2}}'],
  ['a list', '\n[{"from":{"id":"4111-secret"}}]'],
])('rebind refuses %s by its line, and does not repeat it', async (_name, text) => {
  await writeFile(file, text);
  const { code, out, err } = await project.run(['rebind', FIELD, '--moves', file, '--yes']);
  expect(code).toBe(3);
  expect(err).toContain('Line 2');
  expect(out + err).not.toContain('4111-secret');
});

test('rebind asks before it binds, and needs a file that is there', async () => {
  await writeFile(file, '{"from":{"id":1},"to":{"id":2}}');
  expect((await project.run(['rebind', FIELD, '--moves', file])).code).toBe(2);
  expect((await project.run(['rebind', FIELD, '--moves', `${file}.none`, '--yes'])).code).toBe(3);
  expect((await project.run(['rebind', FIELD])).code).toBe(2);
});
