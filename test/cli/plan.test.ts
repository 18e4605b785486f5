import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliProject, createProject } from './run-cli.ts';

let project: CliProject;
beforeAll(async () => {
  project = await createProject(24);
});
afterAll(() => project.close());

describe('fieldseal plan', { shuffle: false, timeout: 60_000 }, () => {
  test('says what an index would tell before there is a token', async () => {
    const shown = await project.run(['plan'], { phase: 'plain' });
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toMatch(/Person\.pan +│ panToken +│ equality +│ values +│ 24 +│ 24 /);
    expect(shown.out).toContain('unique');
    expect(shown.out + shown.err).not.toContain('4111');
  });

  test('ends with 1 when an index can be guessed and nobody gave a reason', async () => {
    await project.sql.query(`UPDATE people SET pan = '42' || repeat(' ', id)`);
    const found = await project.run(['plan', 'Person.pan', '--load', '1', '--json'], {
      phase: 'plain',
    });
    expect(found.code).toBe(1);
    expect(JSON.parse(found.out)).toMatchObject({
      field: 'Person.pan',
      rows: 24,
      tokens: 2,
      commonest: 12,
      commonestShare: 1,
      entropyBits: 0,
      verdict: 'guessable',
      accepted: null,
    });
  });

  test('refuses a field that is not there', async () => {
    const refused = await project.run(['plan', 'Person.age']);
    expect(refused).toMatchObject({ code: 3, out: '' });
  });
});
