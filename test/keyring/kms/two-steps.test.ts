import { auditSource } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { fourEyes, REQUIRED } from './four-eyes.ts';
import { DAY_MS, keyService, outcome } from './key-service.ts';
import { policyFor } from './policy-documents.ts';
import { unnamedService } from './unnamed-service.ts';

closeKeyringsAfterEach();

/** A store without approvers: Asha manages the key, Ben may end it too, Uma may not. */
async function withoutApprovers() {
  const service = await keyService({ principal: 'user/asha' });
  const allow = { 'user/ben': ['ScheduleKeyDeletion'], 'user/uma': ['Encrypt'] };
  const KeyId = await service.key({ Policy: policyFor({ admin: 'user/asha', allow }) });
  const { kms, keyring } = service;
  const Request = { KeyId, PendingWindowInDays: 7 } as { KeyId: string };
  const propose = () => kms.proposeChange({ Operation: 'ScheduleKeyDeletion', Request });
  const state = async () => (await kms.describeKey({ KeyId })).KeyMetadata.KeyState;
  const confirm = (ProposalId: string, by = 'user/asha') =>
    keyring.as(by, () => outcome(kms.confirmChange({ ProposalId })));
  return { ...service, KeyId, propose, state, confirm };
}

describe('the second of two steps, where nobody is named as approver', () => {
  it('does what was proposed, once, by its proposer or whoever may do it themselves', async () => {
    const { kms, KeyId, propose, state, confirm } = await withoutApprovers();
    const first = await propose();
    expect(await state()).toBe('Enabled');
    expect(await confirm(first.ProposalId, 'user/uma')).toBe('ERR_ACCESS_DENIED');
    expect(await state()).toBe('Enabled');
    expect(await confirm(first.ProposalId)).toBe('ok');
    expect(await state()).toBe('PendingDeletion');
    expect(await confirm(first.ProposalId)).toBe('ERR_PROPOSAL_NOT_FOUND');
    await kms.cancelKeyDeletion({ KeyId });
    expect(await confirm((await propose()).ProposalId, 'user/ben')).toBe('ok');
    expect(await state()).toBe('PendingDeletion');
  });

  it('holds to the rights and the state of the key by then, and to a day', async () => {
    const { kms, KeyId, propose, state, confirm, clock } = await withoutApprovers();
    const { ProposalId } = await propose();
    clock.step(DAY_MS);
    expect(await confirm(ProposalId)).toBe('ERR_PROPOSAL_NOT_FOUND');
    const second = await propose();
    await kms.putKeyPolicy({
      KeyId,
      Policy: policyFor({ admin: 'user/asha', deny: { 'user/asha': ['ScheduleKeyDeletion'] } }),
    });
    expect(await confirm(second.ProposalId)).toBe('ERR_ACCESS_DENIED');
    expect(await state()).toBe('Enabled');
  });

  it('is in the audit trail with who took it, and names no approver', async () => {
    const { propose, confirm, store } = await withoutApprovers();
    const { ProposalId } = await propose();
    await confirm(ProposalId, 'user/ben');
    const entries: Record<string, unknown>[] = [];
    for await (const { columns } of auditSource(store).entries('management')) entries.push(columns);
    const ended = entries.filter(({ action }) => action === 'ScheduleKeyDeletion');
    expect(ended).toMatchObject([{ principal: 'user/asha' }]);
    const details = JSON.parse(String(ended[0]?.details));
    expect(details).toMatchObject({ submitter: 'user/ben', proposal: ProposalId });
    expect(details).not.toHaveProperty('approver');
  });

  it('is not enough where there are approvers, and takes a name', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey();
    const Request = { KeyId, PendingWindowInDays: 7 } as { KeyId: string };
    const change = { Operation: 'ScheduleKeyDeletion', Request } as const;
    const { ProposalId } = await eyes.kms.proposeChange(change);
    await expect(eyes.kms.confirmChange({ ProposalId })).rejects.toMatchObject(REQUIRED);
    expect(eyes.keyring.listKeys()).toMatchObject([{ state: 'Enabled' }]);
    const { kms } = await unnamedService();
    expect(await outcome(kms.confirmChange({ ProposalId }))).toBe('ERR_PRINCIPAL_REQUIRED');
  });
});
