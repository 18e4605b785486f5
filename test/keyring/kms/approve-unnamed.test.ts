import { createMemoryStore, initKeyStore } from '@fieldseal/core';
import { expect, it } from 'vitest';
import { closeKeyringsAfterEach, openForTest } from '../open-keyrings.ts';
import { productionRoot } from '../production-root.ts';
import { person, signed } from './person.ts';

closeKeyringsAfterEach();

it('nobody hands in a signature without a name, and whoever has one needs no right', async () => {
  const carol = person();
  const store = createMemoryStore();
  const options = { store, roots: [productionRoot()], environment: 'production' };
  const { pin } = await initKeyStore({ ...options, acceptLoss: 'a test' });
  const approvers = { 'user/carol': carol.publicKey };
  const keyring = await openForTest({ ...options, pin, access: { approvers } });
  const { kms } = keyring;
  const { KeyId, proposal } = await keyring.as('user/asha', async () => {
    const { KeyMetadata } = await kms.createKey();
    const Request = { KeyId: KeyMetadata.KeyId, PendingWindowInDays: 7 };
    const change = { Operation: 'ScheduleKeyDeletion', Request } as const;
    return { KeyId: KeyMetadata.KeyId, proposal: await kms.proposeChange(change) };
  });
  const { ProposalId, Statement } = proposal;
  const approval = { ProposalId, Approver: 'user/carol', Signature: signed(carol, Statement) };
  const state = async () => {
    const { KeyMetadata } = await keyring.as('user/asha', () => kms.describeKey({ KeyId }));
    return KeyMetadata.KeyState;
  };
  const unnamed = { code: 'ERR_PRINCIPAL_REQUIRED' };
  await expect(kms.approveChange(approval)).rejects.toMatchObject(unnamed);
  expect(await state()).toBe('Enabled');
  await keyring.as('user/otto', () => kms.approveChange(approval));
  expect(await state()).toBe('PendingDeletion');
});
