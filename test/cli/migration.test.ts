import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { type CliProject, createProject } from './run-cli.ts';

const FIELD = 'Person.pan';
const folder = temporaryFolder('cli-migration');
let project: CliProject;
beforeAll(async () => {
  project = await createProject(5);
  // as an application without Fieldseal has it: no token, and too short for cells
  await project.sql.query(
    'ALTER TABLE people DROP COLUMN pan_token, ALTER COLUMN pan TYPE varchar(30)',
  );
  expect((await project.run(['init'])).code).toBe(0);
}, 60_000);
afterAll(async () => {
  folder.remove();
  await project.close();
});

const migration = (...args: string[]) => project.run(['migration', FIELD, ...args]);

describe('fieldseal migration, for a column that is sealed in place', { shuffle: false }, () => {
  test('expand writes what the table lacks, and nothing when it has all of it', async () => {
    const out = join(folder.path, 'prisma');
    const expand = ['--step', 'expand', '--for', 'prisma'];
    const ran = await migration(...expand, '--out', out);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const [columns, index] = readdirSync(out).sort();
    expect(columns).toMatch(/^\d{14}_expand_people_pan$/);
    expect(index).toMatch(/^\d{14}_index_people_pan_people_pan_token_idx$/);
    for (const name of [columns, index]) {
      const path = join(out, name!, 'migration.sql');
      expect(ran.out).toContain(`wrote ${path}\n`);
      const sql = readFileSync(path, 'utf8');
      expect(sql).not.toMatch(/\bDROP\b/);
      await project.sql.query(sql);
    }
    const types = await project.sql.query(
      `SELECT column_name || ' ' || data_type AS type FROM information_schema.columns
        WHERE table_name = 'people' AND column_name LIKE 'pan%' ORDER BY 1`,
    );
    expect(types.rows).toEqual([{ type: 'pan text' }, { type: 'pan_token bytea' }]);
    const again = await migration(...expand);
    expect(again).toMatchObject({ code: 0, out: `${FIELD}: the table has all of it already.\n` });
  });

  test('contract is refused until the field is sealed, and writes classes for TypeORM', async () => {
    const contract = ['--step', 'contract', '--for', 'typeorm', '--json'];
    const refused = await migration(...contract);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: 'ERR_JOB_REFUSED' } });
    const sealedNow = await project.run(['encrypt-existing', FIELD, '--load', '1']);
    expect(sealedNow.code).toBe(0);
    await project.run(['phase', FIELD, 'sealed']);
    const { code, out } = await migration(...contract);
    expect(code).toBe(0);
    const [check, validate, ...others] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(others).toEqual([]);
    expect(check.text).toContain('ADD CONSTRAINT "fieldseal_people_pan" CHECK');
    expect(check.text).toContain('NOT VALID');
    expect(validate.path).toMatch(/^\d{13}-ContractPeoplePanValidate\.ts$/);
    expect(validate.text).toContain('VALIDATE CONSTRAINT "fieldseal_people_pan"');
    expect(existsSync(validate.path)).toBe(false);
  });

  test('both options are asked for', async () => {
    expect((await migration('--step', 'expand')).code).toBe(2);
    expect((await migration('--for', 'prisma')).code).toBe(2);
    expect((await migration('--step', 'drop', '--for', 'prisma')).code).toBe(2);
  });
});
