import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { type CliProject, createProject } from './run-cli.ts';

/** As whom the command line acts where nobody is configured. */
const USER = `user/${userInfo().username}`;
const folder = temporaryFolder('cli-keys');

let project: CliProject;
beforeAll(async () => {
  project = await createProject(1);
}, 60_000);
afterAll(async () => {
  await project.close();
  folder.remove();
});

async function json(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, out, err } = await project.run([...args, '--json']);
  expect({ code, err, out: code === 0 ? '' : out }).toEqual({ code: 0, err: '', out: '' });
  return out
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('keys by the command line', { shuffle: false, timeout: 120_000 }, () => {
  test('a key is made with an alias and a tag, and listed', async () => {
    await json('keys', 'create', '--alias', 'alias/kyc', '--tag', 'team=a');
    expect(await json('keys', 'tags', 'alias/kyc')).toEqual([{ TagKey: 'team', TagValue: 'a' }]);
    const keys = await json('keys', 'list');
    expect(keys).toContainEqual(expect.objectContaining({ Aliases: ['alias/kyc'] }));
    expect(await json('keys', 'versions', 'alias/kyc')).toEqual([{ Version: 1, State: 'PRIMARY' }]);
  });

  test('a key is not disabled without a yes where nobody can be asked', async () => {
    const refused = await project.run(['keys', 'disable', 'alias/kyc']);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('--yes');
    expect(await json('keys', 'describe', 'alias/kyc')).toMatchObject([{ KeyState: 'Enabled' }]);
    await json('keys', 'disable', 'alias/kyc', '--yes');
    expect(await json('keys', 'describe', 'alias/kyc')).toMatchObject([{ KeyState: 'Disabled' }]);
    await json('keys', 'enable', 'alias/kyc');
  });

  test('a grant is made, listed and revoked', async () => {
    const to = ['--to', 'service/report', '--operations', 'Decrypt'];
    const [made] = await json('grants', 'create', 'alias/kyc', ...to);
    const id = String(made?.GrantId);
    expect(await json('grants', 'list', 'alias/kyc')).toMatchObject([{ GrantId: id }]);
    await json('grants', 'revoke', 'alias/kyc', id, '--yes');
    expect(await json('grants', 'list', 'alias/kyc')).toEqual([]);
  });

  test('policies, slots and the audit trail are shown', async () => {
    expect(await json('policies', 'get', 'alias/kyc')).toHaveLength(1);
    expect(await json('policies', 'explain', 'alias/kyc', 'Decrypt')).toMatchObject([
      { allowed: true },
    ]);
    expect(await json('slots', 'list')).toHaveLength(1);
    expect(await json('audit', 'verify')).toMatchObject([{ sound: true }]);
    expect((await json('audit', 'tail')).length).toBeGreaterThan(2);
  });

  test('aliases are moved to another key and taken away', async () => {
    const [other] = await json('keys', 'create');
    const id = String(other?.KeyId);
    await json('aliases', 'create', 'alias/old', id);
    expect(await json('aliases', 'list', '--key', id)).toMatchObject([{ AliasName: 'alias/old' }]);
    await json('aliases', 'update', 'alias/old', 'alias/kyc');
    expect(await json('aliases', 'list', '--key', id)).toEqual([]);
    expect(await project.run(['aliases', 'delete', 'alias/old'])).toMatchObject({ code: 2 });
    await json('aliases', 'delete', 'alias/old', '--yes');
    expect(await json('aliases', 'list')).not.toContainEqual(
      expect.objectContaining({ AliasName: 'alias/old' }),
    );
  });

  test('a policy is made of roles, checked, put and obeyed', async () => {
    const roles = ['--role', `administrator=${USER}`, '--role', 'user=service/api'];
    const { out } = await project.run(['policies', 'templates', ...roles]);
    const file = join(folder.path, 'policy.json');
    writeFileSync(file, out);
    expect(await json('policies', 'check', file)).toMatchObject([{ valid: true }]);
    await json('policies', 'put', 'alias/kyc', file, '--yes');
    expect(await json('policies', 'get', 'alias/kyc')).toMatchObject([{ Policy: JSON.parse(out) }]);
    const explained = ['policies', 'explain', 'alias/kyc', 'Decrypt', '--json', '--principal'];
    expect(await project.run([...explained, 'service/api'])).toMatchObject({ code: 0 });
    expect(await project.run([...explained, 'service/other'])).toMatchObject({ code: 1 });
    const call = join(folder.path, 'call.json');
    writeFileSync(call, '{"AliasName":"alias/kyc"}');
    const named = ['policies', 'explain', 'alias/kyc', 'DeleteAlias', '--request'];
    expect(await json(...named, call)).toMatchObject([{ allowed: true }]);
    writeFileSync(call, 'AliasName=alias/kyc');
    const wrongCall = await project.run([...named, call]);
    expect(wrongCall.code).toBe(2);
    expect(wrongCall.err).toContain('holds no JSON');
    expect(wrongCall.err).not.toContain('AliasName');

    writeFileSync(file, '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}');
    const wrong = await project.run(['policies', 'check', file]);
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toContain('ERR_POLICY_MALFORMED');
    expect((await json('policies', 'templates')).map(({ Role }) => Role)).toContain('auditor');
  });

  test('what was proposed is done in a second step, where there are no approvers', async () => {
    await json('keys', 'create', '--alias', 'alias/two-steps');
    const end = ['keys', 'schedule-deletion', 'alias/two-steps', '--days', '7', '--propose'];
    const [made] = await json(...end);
    const confirm = ['approvals', 'confirm', String(made?.ProposalId)];
    expect(await project.run(confirm)).toMatchObject({ code: 2, out: '' });
    const done = await json(...confirm, '--yes');
    expect(done).toMatchObject([{ Operation: 'ScheduleKeyDeletion' }]);
    expect(await json('approvals', 'list')).toEqual([]);
  });

  test('grants that somebody may retire are listed without naming a key', async () => {
    const to = ['--to', 'service/report', '--operations', 'Decrypt', '--retiring', 'user/asha'];
    const [made] = await json('grants', 'create', 'alias/kyc', ...to);
    const listed = await json('grants', 'list', '--retirable-by', 'user/asha');
    expect(listed).toMatchObject([{ GrantId: made?.GrantId }]);
    expect(await project.run(['grants', 'list'])).toMatchObject({ code: 2 });
  });

  test('a key rotates, and a version is taken out of use', async () => {
    await json('keys', 'rotate', 'alias/kyc');
    expect(await json('keys', 'versions', 'alias/kyc')).toMatchObject([
      { Version: 1, State: 'PRIMARY' },
      { Version: 2, State: 'STAGED' },
    ]);
    await json('rotate', 'alias/kyc');
    // the first material, and what took its place
    expect((await json('keys', 'rotations', 'alias/kyc')).length).toBeGreaterThanOrEqual(2);
    await json('keys', 'revoke-version', 'alias/kyc', '1', '--yes');
    expect(await json('keys', 'versions', 'alias/kyc')).toMatchObject([
      { Version: 1, State: 'REVOKED' },
      { Version: 2, State: 'DECRYPT_ONLY' },
      { Version: 3, State: 'PRIMARY' },
    ]);
    await json('keys', 'rotation', 'alias/kyc', '--every', '100');
    expect(await json('keys', 'rotation', 'alias/kyc')).toMatchObject([
      { KeyRotationEnabled: true, RotationPeriodInDays: 100 },
    ]);
  });

  test('a version with nothing under it is retired, and kept when that is called off', async () => {
    const [made] = await json('keys', 'create', '--alias', 'alias/yearly');
    const id = String(made?.KeyId);
    await json('rotate', 'alias/yearly');
    const retire = ['keys', 'retire-version', 'alias/yearly', '1', '--days', '7'];
    expect(await project.run(retire)).toMatchObject({ code: 2 });
    const [retired] = await json(...retire, '--yes');
    expect(retired).toMatchObject({ KeyId: id, Version: 1, PendingWindowInDays: 7 });
    expect(retired?.NotSeen).toContain('EXPORTS');
    const date = String(retired?.DeletionDate);
    expect(await json('keys', 'versions', 'alias/yearly')).toEqual([
      { Version: 1, State: 'DECRYPT_ONLY', DeletionDate: date },
      { Version: 2, State: 'PRIMARY' },
    ]);
    expect(await json('due')).toMatchObject([{ closed: [], retired: [], stillInUse: [] }]);
    await json('keys', 'cancel-retirement', 'alias/yearly', '1');
    expect(await json('keys', 'versions', 'alias/yearly')).toEqual([
      { Version: 1, State: 'DECRYPT_ONLY' },
      { Version: 2, State: 'PRIMARY' },
    ]);
    const primary = await project.run(['keys', 'retire-version', 'alias/yearly', '2', '--yes']);
    expect(primary.code).toBe(6);
    expect(primary.err).toContain('ERR_KEY_STATE');
  });

  test('deletion is scheduled and cancelled', async () => {
    const [made] = await json('keys', 'create');
    const id = String(made?.KeyId);
    const days = ['--days', '7'];
    expect(await project.run(['keys', 'schedule-deletion', id, ...days])).toMatchObject({
      code: 2,
    });
    const [scheduled] = await json('keys', 'schedule-deletion', id, ...days, '--yes');
    expect(scheduled).toMatchObject({ KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
    await json('keys', 'cancel-deletion', id);
    expect(await json('keys', 'describe', id)).toMatchObject([{ KeyState: 'Disabled' }]);
    expect(await json('due')).toMatchObject([{ deleted: [] }]);
  });

  test('a tenant is shredded, after a look at what that would be', async () => {
    const place = ['Person.pan', '--row', 'id=1', '--tenant', 'acme'];
    const secret = { input: '4111 2222\n', phase: 'sealed' };
    const sealed = await project.run(['seal', ...place, '--json'], secret);
    const cell = { input: String(JSON.parse(sealed.out).pan), phase: 'sealed' };
    const opened = await project.run(['open', ...place, '--yes'], cell);
    expect(opened).toMatchObject({ code: 0, out: '4111 2222\n', err: '' });
    const scope = ['shred', '--tenant', 'acme'];
    expect(await json(...scope, '--dry-run')).toMatchObject([{ DataKeys: 1, DryRun: true }]);
    expect(await project.run(scope)).toMatchObject({ code: 2 });
    expect(await json('shreds')).toEqual([]);
    expect(await json(...scope, '--yes')).toMatchObject([{ DataKeys: 1, DryRun: false }]);
    expect(await json('shreds')).toMatchObject([{ Tenant: 'acme' }]);
    const gone = await project.run(['open', ...place, '--yes'], cell);
    expect(gone.code).not.toBe(0);
    expect(gone.out).toBe('');
    expect(gone.err).toMatch(/ERR_KEY_DESTROYED|ERR_KEY_NOT_FOUND/);
  });

  test('the audit trail is exported, and verified by a key that was kept', async () => {
    const [key] = await json('audit', 'public-key');
    const signer = String(key?.publicKey);
    expect(signer).toMatch(/^[0-9a-f]{64}$/);
    expect(await json('audit', 'verify', '--signer', signer)).toMatchObject([{ sound: true }]);
    const other = 'ab'.repeat(32);
    const wrong = await project.run(['audit', 'verify', '--signer', other, '--json']);
    expect(wrong.code).toBe(1);
    const file = join(folder.path, 'audit.jsonl');
    await json('audit', 'export', '--out', file);
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(10);
    expect(await project.run(['audit', 'export', '--out', file])).not.toMatchObject({ code: 0 });
    expect(
      (await project.run(['audit', 'export'])).out.trim().split('\n').length,
    ).toBeGreaterThanOrEqual(lines.length);
    expect(await json('audit', 'chains')).toContainEqual({ chain: 'management' });
    expect(readFileSync(file, 'utf8')).not.toContain('4111 2222');
  });

  test('in a terminal, the name has to be typed', async () => {
    const disable = ['keys', 'disable', 'alias/kyc'];
    const wrong = await project.runInTerminal(disable, { input: 'alias/other\r' });
    expect(wrong.out).toContain('Nothing was done.');
    expect(wrong.code).not.toBe(0);
    expect(await json('keys', 'describe', 'alias/kyc')).toMatchObject([{ KeyState: 'Enabled' }]);
    const right = await project.runInTerminal(disable, { input: 'alias/kyc\r' });
    expect(right.code).toBe(0);
    expect(await json('keys', 'describe', 'alias/kyc')).toMatchObject([{ KeyState: 'Disabled' }]);
    await json('keys', 'enable', 'alias/kyc');
  });

  test('whoever has no right is told so, and nothing is changed', async () => {
    const roles = ['--role', 'administrator=user/asha', '--role', `auditor=${USER}`];
    const { out } = await project.run(['policies', 'templates', ...roles]);
    const file = join(folder.path, 'theirs.json');
    writeFileSync(file, out);
    await json('policies', 'put', 'alias/kyc', file, '--bypass-lockout-check', '--yes');
    const refused = await project.run(['keys', 'disable', 'alias/kyc', '--yes']);
    expect(refused).toMatchObject({ code: 7, out: '' });
    expect(refused.err).toContain('ERR_ACCESS_DENIED');
    expect(await json('keys', 'describe', 'alias/kyc')).toMatchObject([{ KeyState: 'Enabled' }]);
  });
});
