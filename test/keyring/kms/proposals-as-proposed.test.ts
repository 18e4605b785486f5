import type { Keyring } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { ashaManages, fourEyes } from './four-eyes.ts';
import { signed } from './person.ts';

closeKeyringsAfterEach();

const DENIED = { code: 'ERR_ACCESS_DENIED' };

/** A statement about ending a key. */
const ending = (Effect: 'Allow' | 'Deny', name: string, Condition?: object) => ({
  Effect,
  Principal: { Fieldseal: `user/${name}` },
  Action: ['fieldseal:ScheduleKeyDeletion'],
  Resource: '*',
  ...(Condition === undefined ? {} : { Condition }),
});

const inTeam = (team: string) => ({ StringEquals: { 'aws:PrincipalTag/team': team } });
const days = (operator: string, count: number) => ({
  [operator]: { 'kms:ScheduleKeyDeletionPendingWindowInDays': String(count) },
});

async function eyesOn(...statements: readonly object[]) {
  const eyes = await fourEyes();
  const KeyId = await eyes.makeKey(ashaManages(...statements));
  const as = <T>(name: string, team: string, work: () => Promise<T>) =>
    eyes.keyring.as({ id: `user/${name}`, tags: { team } }, work);
  const propose = (PendingWindowInDays = 7) =>
    eyes.kms.proposeChange({
      Operation: 'ScheduleKeyDeletion',
      Request: { KeyId, PendingWindowInDays } as { KeyId: string },
    });
  const approve = (
    { ProposalId, Statement }: Awaited<ReturnType<typeof propose>>,
    keyring: Keyring = eyes.keyring,
  ) => {
    const Signature = signed(eyes.carol, Statement);
    return keyring.kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
  };
  return { ...eyes, KeyId, as, propose, approve };
}

describe('the tags of who proposes', () => {
  it('are signed, and count when it is done, whoever hands it in and where', async () => {
    const { as, propose, approve, fresh } = await eyesOn(
      ending('Allow', 'tara', inTeam('security')),
    );
    await expect(as('tara', 'sales', () => propose())).rejects.toMatchObject(DENIED);
    const proposal = await as('tara', 'security', () => propose());
    const text = new TextDecoder().decode(proposal.Statement);
    expect(text).toContain('"ProposerTags":{"team":"security"}');
    const other = await fresh();
    await other.as({ id: 'user/otto', tags: { team: 'sales' } }, () => approve(proposal, other));
    expect(other.listKeys()).toMatchObject([{ state: 'PendingDeletion' }]);
  });

  it('hold a Deny against them that was put since', async () => {
    const { as, propose, approve, kms, keyring, KeyId } = await eyesOn(ending('Allow', 'tara'));
    const proposal = await as('tara', 'sales', () => propose());
    const Policy = ashaManages(ending('Allow', 'tara'), ending('Deny', 'tara', inTeam('sales')));
    await kms.putKeyPolicy({ KeyId, Policy });
    await expect(approve(proposal)).rejects.toMatchObject(DENIED);
    expect(keyring.listKeys()).toMatchObject([{ state: 'Enabled' }]);
  });

  it('are given by nobody but the application', async () => {
    const { kms, KeyId } = await eyesOn(ending('Allow', 'asha'));
    const Request = { KeyId, PendingWindowInDays: 7, ProposerTags: { team: 'security' } };
    const forged = kms.proposeChange({ Operation: 'ScheduleKeyDeletion', Request });
    await expect(forged).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
  });

  it('stay beside a policy that was signed with them, which every process takes for signed', async () => {
    const { as, kms, carol, fresh, KeyId } = await eyesOn();
    const Policy = ashaManages(ending('Allow', 'tara'));
    const { ProposalId, Statement } = await as('asha', 'security', () =>
      kms.proposeChange({ Operation: 'PutKeyPolicy', Request: { KeyId, Policy } as never }),
    );
    const Signature = signed(carol, Statement);
    await kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
    const other = await fresh();
    const Request = { KeyId, PendingWindowInDays: 7 };
    const change = { Operation: 'ScheduleKeyDeletion', Request } as const;
    await other.as('user/tara', () => other.kms.proposeChange(change));
  });
});

describe('a proposal of somebody else', () => {
  it('is taken back by those who may do just that', async () => {
    const { as, propose, kms } = await eyesOn(
      ending('Allow', 'tara'),
      ending('Allow', 'fay', days('NumericGreaterThanEquals', 14)),
      ending('Allow', 'noor'),
      ending('Deny', 'noor', days('NumericLessThan', 14)),
    );
    const withdraw = (name: string, ProposalId: string) =>
      as(name, 'none', () => kms.withdrawProposal({ ProposalId }));
    const short = await as('tara', 'none', () => propose(7));
    const long = await as('tara', 'none', () => propose(20));
    for (const name of ['fay', 'noor']) {
      await expect(withdraw(name, short.ProposalId)).rejects.toMatchObject(DENIED);
    }
    await withdraw('fay', long.ProposalId);
    await withdraw('noor', (await as('tara', 'none', () => propose(20))).ProposalId);
  });

  it('about an alias is by those with the right to the alias and to both keys', async () => {
    const RIGHTS: Readonly<Record<string, readonly string[]>> = {
      'user/asha': ['alias/*', 'CreateKey', 'CreateAlias', 'UpdateAlias'],
      'user/fay': ['alias/other', 'UpdateAlias'],
    };
    const eyes = await fourEyes({
      identityPolicies: (name) => {
        const [resource = 'alias/kyc', ...actions] = RIGHTS[name] ?? [];
        const Action = (actions.length === 0 ? ['UpdateAlias'] : actions).map(
          (each) => `fieldseal:${each}`,
        );
        const Resource = name === 'user/asha' ? '*' : resource;
        return [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource } }];
      },
    });
    const moves = (name: string) => ({
      Effect: 'Allow',
      Principal: { Fieldseal: `user/${name}` },
      Action: ['fieldseal:UpdateAlias'],
      Resource: '*',
    });
    const from = await eyes.makeKey(ashaManages(moves('tara'), moves('fay')));
    const to = await eyes.makeKey(ashaManages(moves('tara'), moves('fay'), moves('noor')));
    await eyes.keyring.createAlias('alias/kyc', from);
    const { kms, keyring } = eyes;
    const { ProposalId } = await kms.proposeChange({
      Operation: 'UpdateAlias',
      Request: { AliasName: 'alias/kyc', TargetKeyId: to },
    });
    const withdraw = (name: string) =>
      keyring.as(`user/${name}`, () => kms.withdrawProposal({ ProposalId }));
    for (const name of ['fay', 'noor']) {
      await expect(withdraw(name), name).rejects.toMatchObject(DENIED);
    }
    await withdraw('tara');
  });
});

describe('what a terminal would obey or hide', () => {
  it('is shown to the approver, and in force as it was meant, in every process', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    const context = { 'a\u009b2K': '\u202e', name: 'José\u007f' };
    const Constraints = { EncryptionContextSubset: context };
    const give = { KeyId, GranteePrincipal: 'user/ben', Operations: ['Encrypt'], Constraints };
    const statement = await eyes.keyring.as(
      { id: 'user/asha', tags: { team: '\u009b31m' } },
      async () => {
        const change = { Operation: 'CreateGrant', Request: give } as const;
        const { Statement, ProposalId } = await eyes.kms.proposeChange(change);
        const Signature = signed(eyes.carol, Statement);
        await eyes.kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
        return new TextDecoder().decode(Statement);
      },
    );
    expect(statement).toMatch(/^[ -~\n]*$/);
    expect(statement).toContain('{"a\\u009b2K":"\\u202e","name":"Jos\\u00e9\\u007f"}');
    expect(statement).toContain('{"team":"\\u009b31m"}');
    const seal = (keyring: Keyring, EncryptionContext: Record<string, string>) =>
      keyring.as('user/ben', () =>
        keyring.kms.encrypt({ KeyId, Plaintext: new Uint8Array([1]), EncryptionContext }),
      );
    for (const keyring of [eyes.keyring, await eyes.fresh()]) {
      expect((await seal(keyring, context)).KeyId).toBe(KeyId);
      await expect(seal(keyring, { name: 'José' })).rejects.toMatchObject(DENIED);
    }
  });
});
