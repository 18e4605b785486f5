import {
  acceptRestoredStore,
  createIdentityPolicy,
  proposeRestore,
  type Root,
} from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { insiderOf } from './insider.ts';
import { ashaManages, REQUIRED, useBy, uses } from './kms/four-eyes.ts';
import { person, signed } from './kms/person.ts';
import { closeKeyringsAfterEach, openForTest } from './open-keyrings.ts';
import { restorableStore } from './restorable-store.ts';

closeKeyringsAfterEach();

const INVALID = { code: 'ERR_APPROVAL_INVALID' };

/** A store that was put back to before Carol approved a policy for Ben. */
async function restored() {
  const carol = person();
  const server = restorableStore();
  const clock = fixedClock(1_800_000_000_000);
  const roles = createIdentityPolicy(['administrator', 'auditor']);
  const options = {
    store: server.store,
    roots: [memoryRoot()],
    clock,
    environment: 'test',
    development: true,
    principal: 'user/asha',
    access: { identityPolicies: () => [roles], approvers: { 'user/carol': carol.publicKey } },
  };
  const keyring = await openForTest(options);
  const { kms } = keyring;
  const { KeyMetadata } = await kms.createKey({ Policy: ashaManages() });
  const { KeyId } = KeyMetadata;
  const backup = await server.backup();
  const Request = { KeyId, Policy: ashaManages(uses('ben')) };
  const { ProposalId, Statement } = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
  const Signature = signed(carol, Statement);
  await kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
  expect(await useBy(keyring, 'ben', KeyId)).toBe('yes');
  await server.restore(backup);
  return { carol, clock, options, keyring, KeyId };
}

describe('a restored store, where there are approvers', () => {
  it('is accepted by two, also by processes that saw later approvals', async () => {
    const { carol, options, keyring, KeyId } = await restored();
    await expect(acceptRestoredStore(options)).rejects.toMatchObject(REQUIRED);
    const { proposedAt, statement } = await proposeRestore(options);
    expect(new TextDecoder().decode(statement)).toContain('operation: "AcceptRestoredStore"');
    const approval = { approver: 'user/carol', signature: signed(carol, statement), proposedAt };
    const { epoch } = await acceptRestoredStore({ ...options, approval });
    expect(epoch).toBeGreaterThan(1_000_000n);
    await keyring.runDue();
    expect(await useBy(keyring, 'ben', KeyId)).toBe('ERR_ACCESS_DENIED');
    expect(await useBy(await openForTest(options), 'ben', KeyId)).toBe('ERR_ACCESS_DENIED');
    // what was signed is of no use again
    await expect(acceptRestoredStore({ ...options, approval })).rejects.toMatchObject({
      code: 'ERR_REQUEST_INVALID',
    });
  });

  it('is accepted once: its signature takes no later approval back', async () => {
    const { carol, options, keyring, KeyId, clock } = await restored();
    const { kms } = keyring;
    const { proposedAt, statement } = await proposeRestore(options);
    const approval = { approver: 'user/carol', signature: signed(carol, statement), proposedAt };
    await acceptRestoredStore({ ...options, approval });
    await keyring.runDue();
    const approve = async (Policy: string) => {
      const Request = { KeyId, Policy };
      const proposal = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
      const Signature = signed(carol, proposal.Statement);
      clock.advance(1000);
      const { ProposalId } = proposal;
      await kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
    };
    await approve(ashaManages(uses('ben'), uses('dora')));
    const hand = await insiderOf(options.store, options.roots[0] as Root);
    const approvals = await hand.rows('approval');
    const [policy] = await hand.rows('policy');
    const named = (name: string) =>
      approvals.filter(({ columns }) => String(columns.subject).startsWith(name));
    await approve(ashaManages(uses('dora')));
    const again = named('restore/').map((row) => hand.altered(row, { subject: 'restore/0/9' }));
    await hand.put(...again, ...named(`policy/${KeyId}`), policy as NonNullable<typeof policy>);
    await expect(keyring.kms.createKey()).rejects.toMatchObject({ code: 'ERR_STORE_ROLLED_BACK' });
    expect(await useBy(keyring, 'ben', KeyId)).not.toBe('yes');
  });

  it('is not accepted by a wrong, late or other signature', async () => {
    const { carol, clock, options } = await restored();
    const { proposedAt, statement } = await proposeRestore(options);
    const signature = signed(carol, statement);
    const approver = 'user/carol';
    const wrong = [
      { approver, signature: signed(person(), statement), proposedAt },
      { approver: 'user/asha', signature, proposedAt },
      { approver, signature, proposedAt: new Date(proposedAt.getTime() - 1) },
    ];
    for (const approval of wrong) {
      const accepted = acceptRestoredStore({ ...options, approval });
      await expect(accepted).rejects.toMatchObject(INVALID);
    }
    const approval = { approver, signature, proposedAt };
    const other = acceptRestoredStore({ ...options, approval, above: 9n });
    await expect(other).rejects.toMatchObject(INVALID);
    clock.advance(86_400_000);
    await expect(acceptRestoredStore({ ...options, approval })).rejects.toMatchObject(INVALID);
  });
});
