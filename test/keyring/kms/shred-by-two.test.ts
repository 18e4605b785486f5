import type { KeyringOptions } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { instrumentedStore } from '../instrumented-store.ts';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { DAY_MS, keyService, refusal } from './key-service.ts';
import { person, signed } from './person.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const ACME = { Tenant: 'acme' };
const REQUIRED = refusal('ERR_APPROVAL_REQUIRED', { keyId: '*', operation: 'Shred' });
const INVALID = refusal('ERR_APPROVAL_INVALID');
const NOT_FOUND = refusal('ERR_PROPOSAL_NOT_FOUND');
const DENIED = refusal('ERR_ACCESS_DENIED');
const DESTROYED = refusal('ERR_KEY_DESTROYED', { reason: 'SHREDDED' });

/** A store with a cell of two tenants, and carol who approves. */
async function shop(more: Partial<KeyringOptions> = {}) {
  const carol = person();
  const store = instrumentedStore();
  const service = await keyService({
    store,
    createMissingAliases: true,
    principal: 'user/asha',
    access: { approvers: { 'user/carol': carol.publicKey } },
    ...more,
  });
  const { keyring, kms } = service;
  const acme = await sealText(keyring, ALIAS, 'a', { tenant: 'acme' });
  const beta = await sealText(keyring, ALIAS, 'b', { tenant: 'beta' });
  const open = (id: string) => lease(keyring, { open: [id] }).then((held) => held.release());
  const propose = (Request: object = ACME) => kms.proposeChange({ Operation: 'Shred', Request });
  const approve = (id: string, statement: Uint8Array, by = carol, Approver = 'user/carol') =>
    kms.approveChange({ ProposalId: id, Approver, Signature: signed(by, statement) });
  return { ...service, store, carol, acme, beta, open, propose, approve };
}

describe('shredding where approvers are named', () => {
  it('is not done by one person, and is by two: once, and of that tenant only', async () => {
    const { kms, acme, beta, open, propose, approve } = await shop();
    await expect(kms.shred(ACME)).rejects.toEqual(REQUIRED);
    const { ProposalId, Statement, ...proposal } = await propose();
    expect(proposal).toMatchObject({ KeyId: '*', Operation: 'Shred', Proposer: 'user/asha' });
    await expect(kms.shred(ACME)).rejects.toEqual(REQUIRED);
    await open(acme.id);
    await approve(ProposalId, Statement);
    await expect(open(acme.id)).rejects.toEqual(DESTROYED);
    await open(beta.id);
    expect((await kms.listShreds()).Shreds).toMatchObject([{ ...ACME, Erased: true }]);
    await expect(approve(ProposalId, Statement)).rejects.toEqual(NOT_FOUND);
    await expect(kms.shred({ Tenant: 'beta' })).rejects.toEqual(REQUIRED);
  });

  it('is a text that names the scope, and its signature is of no use to another scope', async () => {
    const { open, propose, approve, beta } = await shop();
    const mine = await propose();
    const other = await propose({ Tenant: 'beta' });
    const lines = new TextDecoder().decode(mine.Statement).split('\n');
    expect(lines).toContain('operation: "Shred"');
    expect(lines).toContain('key: "*"');
    expect(lines).toContain('content: {"Tenant":"acme"}');
    await expect(approve(other.ProposalId, mine.Statement)).rejects.toEqual(INVALID);
    await open(beta.id);
  });

  it('is not approved by its proposer or by a stranger', async () => {
    const { acme, open, propose, approve, carol } = await shop();
    const { ProposalId, Statement } = await propose();
    await expect(approve(ProposalId, Statement, person())).rejects.toEqual(INVALID);
    await expect(approve(ProposalId, Statement, carol, 'user/asha')).rejects.toEqual(INVALID);
    await open(acme.id);
  });

  it('is approved within a day', async () => {
    const { clock, acme, open, propose, approve } = await shop();
    const { ProposalId, Statement } = await propose();
    clock.advance(DAY_MS);
    await expect(approve(ProposalId, Statement)).rejects.toEqual(NOT_FOUND);
    await open(acme.id);
  });

  it('counts for one person alone, as a dry run', async () => {
    const { kms } = await shop();
    expect(await kms.shred({ ...ACME, DryRun: true })).toMatchObject({ DataKeys: 1 });
  });

  it('is finished by one when it was interrupted after two had decided on it', async () => {
    const { kms, store, acme, open, propose, approve } = await shop();
    const replace = store.replaceKeys;
    store.replaceKeys = () => Promise.reject(new Error('killed'));
    const { ProposalId, Statement } = await propose();
    await approve(ProposalId, Statement).catch(() => {});
    store.replaceKeys = replace;
    await expect(open(acme.id)).rejects.toEqual(DESTROYED);
    expect((await kms.listShreds()).Shreds).toMatchObject([{ ...ACME, Erased: false }]);
    expect(await kms.shred(ACME)).toMatchObject({ DataKeys: 1 });
    expect((await kms.listShreds()).Shreds).toMatchObject([{ ...ACME, Erased: true }]);
  });

  it('takes the right on every key of the proposer, also when it is approved', async () => {
    const { keyring, kms, open, acme, propose, approve } = await shop();
    const { ProposalId, Statement } = await propose();
    const Statements = [
      { Effect: 'Allow', Principal: '*', Action: 'fieldseal:PutKeyPolicy', Resource: '*' },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: Statements });
    await kms.createKey({ Policy });
    await expect(propose()).rejects.toEqual(DENIED);
    await expect(approve(ProposalId, Statement)).rejects.toEqual(DENIED);
    await expect(keyring.as('user/x', () => kms.withdrawProposal({ ProposalId }))).rejects.toEqual(
      DENIED,
    );
    await open(acme.id);
    await kms.withdrawProposal({ ProposalId });
  });

  it.each([{}, { Tenant: '' }, { ...ACME, DryRun: true }, { ...ACME, KeyId: 'alias/kyc' }])(
    'is not proposed as %j',
    async (request) => {
      const { propose } = await shop();
      await expect(propose(request)).rejects.toEqual(refusal('ERR_REQUEST_INVALID'));
    },
  );

  it('is in the audit trail with who signed it and who handed it in, and names no tenant there', async () => {
    const { keyring, store, propose, approve } = await shop();
    const { ProposalId, Statement } = await propose();
    await keyring.as('user/otto', () => approve(ProposalId, Statement));
    const entries = await store.readAudit({ chain: 'management', after: 0n, limit: 100 });
    const mine = entries
      .map(({ columns }) => columns)
      .filter(({ action }) => ['ProposeChange', 'Shred', 'CompleteShred'].includes(`${action}`));
    expect(mine.map(({ action, principal }) => [action, principal])).toEqual([
      ['ProposeChange', 'user/asha'],
      ['Shred', 'user/asha'],
      ['CompleteShred', 'user/asha'],
    ]);
    expect(JSON.parse(String(mine[1]?.details))).toEqual({
      covers: 'tenant',
      approver: 'user/carol',
      submitter: 'user/otto',
      proposal: ProposalId,
    });
    expect(mine.every(({ context_hash }) => context_hash !== null)).toBe(true);
    expect(JSON.stringify(mine.map(({ details }) => details))).not.toContain('acme');
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });
});

describe('proposals of what is under all keys', () => {
  it('are listed by themselves, and not among those of a key', async () => {
    const { keyring, kms, propose } = await shop();
    const { ProposalId } = await propose();
    const KeyId = keyring.listKeys()[0]?.keyId ?? '';
    const one = { KeyId, PendingWindowInDays: 7 };
    await kms.createKey().then(({ KeyMetadata }) =>
      kms.proposeChange({
        Operation: 'ScheduleKeyDeletion',
        Request: { ...one, KeyId: KeyMetadata.KeyId },
      }),
    );
    const listed = await kms.listProposals({ KeyId: '*' });
    expect(listed.Proposals).toMatchObject([{ ProposalId, KeyId: '*' }]);
    expect((await kms.listProposals({ KeyId })).Proposals).toEqual([]);
    await kms.withdrawProposal({ ProposalId });
    expect((await kms.listProposals({ KeyId: '*' })).Proposals).toEqual([]);
  });

  it('are shown to nobody who may not see the policy of every key', async () => {
    const { keyring, kms, propose } = await shop();
    await propose();
    const Action = ['fieldseal:PutKeyPolicy', 'fieldseal:GetKeyPolicy'];
    const asha = { Fieldseal: 'user/asha' };
    const Statement = [{ Effect: 'Allow', Principal: asha, Action, Resource: '*' }];
    await kms.createKey({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
    const list = () => kms.listProposals({ KeyId: '*' });
    expect((await list()).Proposals).toHaveLength(1);
    await expect(keyring.as('user/x', list)).rejects.toEqual(DENIED);
  });
});
