import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { person, sshSigned } from '../keyring/kms/person.ts';
import { backUp } from './back-up.ts';
import { type CliProject, createProject } from './run-cli.ts';

const carol = person();
const folder = temporaryFolder('cli-restore');
const ACCEPT = ['restore', 'accept', '--above', '1000'];

let project: CliProject;
beforeAll(async () => {
  project = await createProject(1, undefined, carol.publicKey);
  await done('keys', 'create', '--alias', 'alias/kyc');
}, 60_000);
afterAll(async () => {
  await project.close();
  folder.remove();
});

async function done(...args: string[]): Promise<string> {
  const { code, out, err } = await project.run(args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return out;
}

test('a restore is accepted by two on the command line', { timeout: 120_000 }, async () => {
  const restore = await backUp(project.sql);
  await done('keys', 'disable', 'alias/kyc', '--yes');
  await restore();
  const alone = await project.run([...ACCEPT, '--yes']);
  expect(alone).toMatchObject({ code: 7, out: '' });
  expect(alone.err).toContain('ERR_APPROVAL_REQUIRED');

  // byte for byte on standard output, so that a file of it is what is to be signed
  const statement = await done(...ACCEPT, '--propose');
  expect(statement).toContain('operation: "AcceptRestoredStore"\n');
  const [, proposed = ''] = /^proposed: "(.*)"$/m.exec(statement) ?? [];
  const handIn = async (by: typeof carol, text: string, more: readonly string[] = []) => {
    const file = join(folder.path, 'statement.sig');
    writeFileSync(file, sshSigned(by, Buffer.from(text), 'fieldseal'));
    const signed = ['--approver', 'user/carol', '--signature', file, '--proposed', proposed];
    return project.run([...ACCEPT, ...signed, ...more]);
  };

  const half = await project.run([...ACCEPT, '--approver', 'user/carol', '--yes']);
  expect(half.code).toBe(2);
  expect(half.err).toContain('belong together');
  const forged = await handIn(person(), statement, ['--yes']);
  expect(forged.code).not.toBe(0);
  expect(forged.err).toContain('ERR_APPROVAL_INVALID');
  // signed for another epoch
  const other = statement.replace('"known":"1000"', '"known":"1001"');
  expect(other).not.toBe(statement);
  expect((await handIn(carol, other, ['--yes'])).err).toContain('ERR_APPROVAL_INVALID');
  expect((await handIn(carol, statement)).code).toBe(2);

  const accepted = await handIn(carol, statement, ['--yes']);
  expect(accepted).toMatchObject({ code: 0, err: '' });
  expect(accepted.out).toContain('The store is accepted again');
  expect(await done('keys', 'list')).toContain('Enabled');
  // a signature serves one restore
  expect((await handIn(carol, statement, ['--yes'])).code).not.toBe(0);
});
