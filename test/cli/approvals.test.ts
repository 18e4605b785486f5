import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { person, sshSigned } from '../keyring/kms/person.ts';
import { type CliProject, createProject } from './run-cli.ts';

const carol = person();
const folder = temporaryFolder('cli-approvals');

let project: CliProject;
beforeAll(async () => {
  project = await createProject(1, undefined, carol.publicKey);
  await json('keys', 'create', '--alias', 'alias/kyc');
}, 60_000);
afterAll(async () => {
  await project.close();
  folder.remove();
});

async function json(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, out, err } = await project.run([...args, '--json']);
  expect({ code, err, out: code === 0 ? '' : out }).toEqual({ code: 0, err: '', out: '' });
  const lines = out.trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Through a file, as an approver does it. */
async function signatureFile(id: string, by = carol): Promise<string> {
  const { out } = await project.run(['approvals', 'show', id]);
  const file = join(folder.path, `${id}.sig`);
  writeFileSync(file, sshSigned(by, Buffer.from(out), 'fieldseal'));
  return file;
}

describe('shredding by two on the command line', { shuffle: false, timeout: 120_000 }, () => {
  const scope = ['shred', '--tenant', 'acme'];
  let id = '';

  test('is refused to one, who can only count', async () => {
    const refused = await project.run([...scope, '--yes']);
    expect(refused).toMatchObject({ code: 7, out: '' });
    expect(refused.err).toContain('ERR_APPROVAL_REQUIRED');
    expect(await json(...scope, '--dry-run')).toMatchObject([{ DataKeys: 0, DryRun: true }]);
    expect(await json('shreds')).toEqual([]);
  });

  test.each(['--rows', '--dry-run'])('is not proposed together with %s', async (flag) => {
    const refused = await project.run([...scope, '--propose', flag]);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(`'--propose' cannot be used with option '${flag}'`);
    expect(await json('approvals', 'list')).toEqual([]);
  });

  test('is proposed, and listed beside what is proposed for single keys', async () => {
    const [made] = await json(...scope, '--propose');
    id = String(made?.ProposalId);
    expect(made).toMatchObject({ KeyId: '*', Operation: 'Shred' });
    const [key] = await json('keys', 'schedule-deletion', 'alias/kyc', '--days', '7', '--propose');
    expect(await json('approvals', 'list')).toHaveLength(2);
    expect(await json('approvals', 'list', '--key', 'alias/kyc')).toMatchObject([
      { ProposalId: key?.ProposalId },
    ]);
    expect(await json('approvals', 'show', id)).toMatchObject([
      { Statement: expect.stringContaining('content: {"Tenant":"acme"}') },
    ]);
    await json('approvals', 'withdraw', String(key?.ProposalId));
    expect(await json('approvals', 'list')).toMatchObject([{ ProposalId: id }]);
  });

  test('is done with the signature of the approver, after a look at whose data it is', async () => {
    const by = ['--approver', 'user/carol', '--signature'];
    const stranger = ['approvals', 'sign', id, ...by, await signatureFile(id, person()), '--yes'];
    const wrong = await project.run(stranger);
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toContain('ERR_APPROVAL_INVALID');
    const approve = ['approvals', 'sign', id, ...by, await signatureFile(id)];
    const unasked = await project.run(approve);
    expect(unasked).toMatchObject({ code: 2, out: '' });
    expect(unasked.err).toContain('{"Tenant":"acme"}');
    expect(await json('shreds')).toEqual([]);
    expect(await json(...approve, '--yes')).toMatchObject([{ Operation: 'Shred', KeyId: '*' }]);
    expect(await json('shreds')).toMatchObject([{ Tenant: 'acme', Erased: true }]);
    expect(await json('approvals', 'list')).toEqual([]);
    expect((await project.run([...approve, '--yes'])).err).toContain('ERR_PROPOSAL_NOT_FOUND');
  });
});

describe('proposing on the command line', { timeout: 120_000 }, () => {
  test('a slot that is left out of the new root key', async () => {
    const [slot] = await json('slots', 'list');
    const id = String(slot?.id);
    const alone = await project.run(['slots', 'rotate', '--leave-out', id, '--yes']);
    expect(alone).toMatchObject({ code: 7, out: '' });
    expect(alone.err).toContain('ERR_APPROVAL_REQUIRED');
    const [made] = await json('slots', 'rotate', '--leave-out', id, '--propose');
    expect(made).toMatchObject({ KeyId: '*', Operation: 'RotateRootKey' });
    expect(made?.Statement).toContain(`content: {"leaveOut":["${id}"]}`);
    const by = ['--approver', 'user/carol', '--signature'];
    const file = await signatureFile(String(made?.ProposalId));
    // no other root is here: nothing is done, and it waits on
    const done = await project.run([
      'approvals',
      'sign',
      String(made?.ProposalId),
      ...by,
      file,
      '--yes',
    ]);
    expect(done.err).toContain('ERR_REQUEST_INVALID');
    expect(await json('slots', 'list')).toEqual([slot]);
    await json('approvals', 'withdraw', String(made?.ProposalId));
  });

  test('a step of a field that lets more plaintext through', async () => {
    const phase = ['phase', 'Person.pan'];
    for (const to of ['migrating', 'sealed']) await json(...phase, to);
    const unasked = await project.run([...phase, 'migrating']);
    expect(unasked).toMatchObject({ code: 2, out: '' });
    expect(unasked.err).toContain('accepted as plaintext');
    const alone = await project.run([...phase, 'migrating', '--yes']);
    expect(alone).toMatchObject({ code: 7, out: '' });
    expect(alone.err).toContain('ERR_APPROVAL_REQUIRED');
    const [made] = await json(...phase, 'migrating', '--propose');
    expect(made).toMatchObject({ Operation: 'SetPhase' });
    expect(made?.Statement).toContain('content: {"FieldId":"people.pan","Phase":"migrating"}');
    expect(await json(...phase)).toMatchObject([{ stored: 'sealed' }]);
    const id = String(made?.ProposalId);
    const by = ['--approver', 'user/carol', '--signature', await signatureFile(id), '--yes'];
    expect(await json('approvals', 'sign', id, ...by)).toMatchObject([{ Operation: 'SetPhase' }]);
    expect(await json(...phase)).toMatchObject([{ stored: 'migrating' }]);
  });

  test('a version that is to end in a week', async () => {
    await json('keys', 'create', '--alias', 'alias/week');
    await json('rotate', 'alias/week');
    const end = ['keys', 'retire-version', 'alias/week', '1', '--days', '7'];
    expect((await project.run([...end, '--yes'])).err).toContain('ERR_APPROVAL_REQUIRED');
    const [made] = await json(...end, '--propose');
    expect(made).toMatchObject({ Operation: 'RetireKeyVersion' });
    const id = String(made?.ProposalId);
    const by = ['--approver', 'user/carol', '--signature', await signatureFile(id), '--yes'];
    expect(await json('approvals', 'sign', id, ...by)).toMatchObject([
      { Operation: 'RetireKeyVersion' },
    ]);
    const versions = await json('keys', 'versions', 'alias/week');
    expect(versions[0]?.deletionAt ?? versions[0]?.DeletionDate).toBeDefined();
  });

  test('an alias that moves, and one that goes', async () => {
    await json('keys', 'create', '--alias', 'alias/from');
    const [made] = await json('keys', 'create', '--alias', 'alias/to');
    const signedBy = async (proposal: Record<string, unknown> | undefined) => {
      const id = String(proposal?.ProposalId);
      const by = ['--approver', 'user/carol', '--signature', await signatureFile(id), '--yes'];
      return json('approvals', 'sign', id, ...by);
    };
    const move = ['aliases', 'update', 'alias/from', String(made?.KeyId)];
    expect(await signedBy((await json(...move, '--propose'))[0])).toMatchObject([
      { Operation: 'UpdateAlias', KeyId: made?.KeyId },
    ]);
    const ofKey = ['aliases', 'list', '--key', String(made?.KeyId)];
    const names = async () => (await json(...ofKey)).map(({ AliasName }) => AliasName);
    const remove = ['aliases', 'delete', 'alias/from'];
    await signedBy((await json(...remove, '--propose'))[0]);
    expect(await names()).toEqual(['alias/to']);
  });
});
