import { createMemoryStore, type KeyringOptions } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { insiderOf } from '../insider.ts';
import { closeKeyringsAfterEach, openForTest } from '../open-keyrings.ts';
import { keyService } from './key-service.ts';
import { person, signed, sshSigned } from './person.ts';

closeKeyringsAfterEach();

function policy(...statements: readonly object[]): string {
  const Administer = {
    Sid: 'Administer',
    Effect: 'Allow',
    Principal: { Fieldseal: 'user/asha' },
    Action: [
      'fieldseal:PutKeyPolicy',
      'fieldseal:CreateGrant',
      'fieldseal:ScheduleKeyDeletion',
      'fieldseal:RotateKeyOnDemand',
      'fieldseal:RetireKeyVersion',
      'fieldseal:CancelKeyVersionRetirement',
    ],
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [Administer, ...statements] });
}

const BEN_DECRYPTS = {
  Sid: 'Ben',
  Effect: 'Allow',
  Principal: { Fieldseal: 'user/ben' },
  Action: ['fieldseal:Encrypt', 'fieldseal:Decrypt'],
  Resource: '*',
};

async function store() {
  const carol = person();
  const shared = createMemoryStore();
  const root = memoryRoot();
  const clock = fixedClock(1_800_000_000_000);
  const options: KeyringOptions = {
    store: shared,
    roots: [root],
    clock,
    environment: 'test',
    development: true,
    principal: 'user/asha',
    access: { approvers: { 'user/carol': carol.publicKey } },
  };
  const keyring = await openForTest(options);
  const { KeyMetadata } = await keyring.kms.createKey({ Policy: policy() });
  const KeyId = KeyMetadata.KeyId;
  const bens = keyring.kms.encrypt.bind(keyring.kms, { KeyId, Plaintext: new Uint8Array([1]) });
  return {
    carol,
    clock,
    options,
    keyring,
    kms: keyring.kms,
    KeyId,
    insider: () => insiderOf(shared, root),
    ben: () => keyring.as('user/ben', bens),
  };
}

const DENIED = { code: 'ERR_ACCESS_DENIED' };
const REQUIRED = { code: 'ERR_APPROVAL_REQUIRED' };
const INVALID = { code: 'ERR_APPROVAL_INVALID' };

describe('a policy that gives somebody more rights', () => {
  it('is not put by one person, and is by two', async () => {
    const { kms, KeyId, carol, ben } = await store();
    const change = { KeyId, Policy: policy(BEN_DECRYPTS) };
    await expect(kms.putKeyPolicy(change)).rejects.toMatchObject(REQUIRED);
    const proposal = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request: change });
    expect(proposal).toMatchObject({ KeyId, Operation: 'PutKeyPolicy', Proposer: 'user/asha' });
    await expect(ben()).rejects.toMatchObject(DENIED);
    const { ProposalId, Statement } = proposal;
    expect(
      (await kms.listProposals({ KeyId }).catch((error: unknown) => error)) as object,
    ).toMatchObject(DENIED);
    const Signature = signed(carol, Statement);
    await kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
    expect((await ben()).KeyId).toBe(KeyId);
    const again = kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
    await expect(again).rejects.toMatchObject({ code: 'ERR_PROPOSAL_NOT_FOUND' });
  });

  it('is a text that people can read', async () => {
    const { kms, KeyId } = await store();
    const Request = { KeyId, Policy: policy(BEN_DECRYPTS) };
    const { Statement } = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
    const text = new TextDecoder().decode(Statement);
    expect(text.split('\n')).toEqual([
      'fieldseal approval 1',
      expect.stringMatching(/^store: "fsp1\./),
      'environment: "test"',
      'operation: "PutKeyPolicy"',
      `key: "${KeyId}"`,
      'proposer: "user/asha"',
      'proposed: "2027-01-15T08:00:00.000Z"',
      `content: ${JSON.stringify(Request)}`,
      '',
    ]);
  });

  it('is taken from ssh-keygen too, in our namespace only', async () => {
    const { kms, KeyId, carol, ben } = await store();
    const Request = { KeyId, Policy: policy(BEN_DECRYPTS) };
    const proposal = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
    const { ProposalId, Statement } = proposal;
    const approve = (namespace: string) =>
      kms.approveChange({
        ProposalId,
        Approver: 'user/carol',
        Signature: sshSigned(carol, Statement, namespace),
      });
    await expect(approve('git')).rejects.toMatchObject(INVALID);
    await approve('fieldseal');
    expect((await ben()).KeyId).toBe(KeyId);
  });

  it('is not approved by its proposer, by a stranger, under another name or text, or too late', async () => {
    const { kms, keyring, KeyId, carol, clock } = await store();
    const Request = { KeyId, Policy: policy(BEN_DECRYPTS) };
    const proposal = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
    const { ProposalId, Statement } = proposal;
    const Signature = signed(carol, Statement);
    for (const wrong of [
      { ProposalId, Approver: 'user/carol', Signature: signed(person(), Statement) },
      { ProposalId, Approver: 'user/asha', Signature },
      { ProposalId, Approver: 'user/carol', Signature: new Uint8Array(64) },
      { ProposalId, Approver: 'user/carol', Signature: 'no signature' },
      { ProposalId, Approver: 'user/carol', Signature: signed(carol, Statement.subarray(1)) },
    ]) {
      await expect(kms.approveChange(wrong)).rejects.toMatchObject(INVALID);
    }
    await keyring.as('user/asha', async () => {
      clock.advance(86_400_000);
      const late = kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
      await expect(late).rejects.toMatchObject({ code: 'ERR_PROPOSAL_NOT_FOUND' });
    });
  });

  it('is not proposed and approved by the approver alone', async () => {
    const { keyring, kms, KeyId, carol } = await store();
    const Request = { KeyId, Policy: policy(BEN_DECRYPTS) };
    await expect(
      keyring.as('user/carol', () => kms.proposeChange({ Operation: 'PutKeyPolicy', Request })),
    ).rejects.toMatchObject(DENIED);
    expect(carol.publicKey).toMatch(/^ssh-ed25519 /);
  });

  it('needs nobody else when it takes rights away', async () => {
    const { kms, KeyId, carol, ben } = await store();
    const Request = { KeyId, Policy: policy(BEN_DECRYPTS) };
    const proposal = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
    const { ProposalId, Statement } = proposal;
    const Signature = signed(carol, Statement);
    await kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
    await kms.putKeyPolicy({ KeyId, Policy: policy() });
    await expect(ben()).rejects.toMatchObject(DENIED);
    await expect(kms.putKeyPolicy(Request)).rejects.toMatchObject(REQUIRED);
  });

  it('is withdrawn by its proposer', async () => {
    const { kms, KeyId, carol } = await store();
    const Request = { KeyId, Policy: policy(BEN_DECRYPTS) };
    const proposal = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
    const { ProposalId, Statement } = proposal;
    await kms.withdrawProposal({ ProposalId });
    const Signature = signed(carol, Statement);
    await expect(
      kms.approveChange({ ProposalId, Approver: 'user/carol', Signature }),
    ).rejects.toMatchObject({ code: 'ERR_PROPOSAL_NOT_FOUND' });
  });
});

describe('somebody with the store key, who writes rows with valid MACs', () => {
  it('gets no rights by a policy that nobody signed, in a process that knows the approvers', async () => {
    const { kms, options, KeyId, carol, insider, ben } = await store();
    const Request = { KeyId, Policy: policy(BEN_DECRYPTS) };
    const { ProposalId, Statement } = await kms.proposeChange({
      Operation: 'PutKeyPolicy',
      Request,
    });
    await kms.approveChange({
      ProposalId,
      Approver: 'user/carol',
      Signature: signed(carol, Statement),
    });
    expect((await ben()).KeyId).toBe(KeyId);
    const mallory = { ...BEN_DECRYPTS, Sid: 'M', Principal: { Fieldseal: 'user/mallory' } };
    const hand = await insider();
    const [row] = await hand.rows('policy');
    await hand.put(hand.altered(row as NonNullable<typeof row>, { document: policy(mallory) }));
    const fresh = await openForTest(options);
    const use = fresh.as('user/mallory', () =>
      fresh.kms.encrypt({ KeyId, Plaintext: new Uint8Array([1]) }),
    );
    await expect(use).rejects.toMatchObject(REQUIRED);
  });

  it('gets none by a grant either', async () => {
    const { options, keyring, KeyId, insider } = await store();
    const hand = await insider();
    const grant = hand.secrets.sealRow('key_grant', {
      id: '00000000-0000-4000-8000-00000000000f',
      key_id: KeyId,
      name: null,
      grantee: 'user/mallory',
      retiring: null,
      issuer: 'user/asha',
      operations: '["Encrypt"]',
      constraints: null,
      parent: null,
      not_before: null,
      not_after: null,
      created_at: 1n,
    });
    await hand.put(grant);
    const fresh = await openForTest(options);
    const { access: _, ...alone } = options;
    const trusting = await openForTest(alone);
    const use = (each: typeof keyring) =>
      each.as('user/mallory', () => each.kms.encrypt({ KeyId, Plaintext: new Uint8Array([1]) }));
    await expect(use(fresh)).rejects.toMatchObject(DENIED);
    // the control: without approvers the row is all that counts
    expect((await use(trusting)).KeyId).toBe(KeyId);
  });
});

describe('a call that says it changes nothing', () => {
  it('is no proposal of a grant, nor of anything else', async () => {
    const { kms, KeyId } = await store();
    const all = [
      ['CreateGrant', { KeyId, GranteePrincipal: 'user/ben', Operations: ['Encrypt'] }],
      ['PutKeyPolicy', { KeyId, Policy: policy(BEN_DECRYPTS) }],
      ['ScheduleKeyDeletion', { KeyId }],
      ['Shred', { Tenant: 'acme' }],
    ] as const;
    for (const [Operation, asked] of all) {
      for (const DryRun of [true, false]) {
        const Request = { ...asked, DryRun } as never;
        await expect(kms.proposeChange({ Operation, Request })).rejects.toMatchObject({
          code: 'ERR_REQUEST_INVALID',
          meta: { option: 'DryRun' },
        });
      }
    }
  });

  it('gives nothing when it was signed, whatever rows stand beside it', async () => {
    const { kms, options, KeyId, carol, insider, ben } = await store();
    const terms = { KeyId, GranteePrincipal: 'user/ben', Operations: ['Encrypt'] } as const;
    const { ProposalId, Statement } = await kms.proposeChange({
      Operation: 'CreateGrant',
      Request: terms,
    });
    await kms.approveChange({
      ProposalId,
      Approver: 'user/carol',
      Signature: signed(carol, Statement),
    });
    expect((await ben()).KeyId).toBe(KeyId);
    const hand = await insider();
    const row = (await hand.rows('approval')).find(({ columns }) =>
      String(columns.subject).startsWith('grant/'),
    );
    const useOf = async (request: object) => {
      const content = JSON.stringify(request);
      const text = new TextDecoder().decode(Statement);
      const statement = text.replace(/content: .*\n/, `content: ${content}\n`);
      const signature = signed(carol, new TextEncoder().encode(statement));
      await hand.put(hand.altered(row as NonNullable<typeof row>, { content, signature }));
      const { as, kms: fresh } = await openForTest(options);
      return as('user/ben', () => fresh.encrypt({ KeyId, Plaintext: new Uint8Array([1]) }));
    };
    // the control: the same terms in another order are what was signed
    const { Operations, ...rest } = terms;
    expect((await useOf({ Operations, ...rest })).KeyId).toBe(KeyId);
    await expect(useOf({ ...terms, DryRun: true })).rejects.toMatchObject(DENIED);
  });
});

describe('a grant and a short deletion window', () => {
  it('take two as well', async () => {
    const { kms, KeyId, carol, ben } = await store();
    const Request = { KeyId, GranteePrincipal: 'user/ben', Operations: ['Encrypt'] } as const;
    await expect(kms.createGrant(Request)).rejects.toMatchObject(REQUIRED);
    const one = await kms.proposeChange({ Operation: 'CreateGrant', Request });
    const approve = (proposal: { readonly ProposalId: string; readonly Statement: Uint8Array }) =>
      kms.approveChange({
        ProposalId: proposal.ProposalId,
        Approver: 'user/carol',
        Signature: signed(carol, proposal.Statement),
      });
    await approve(one);
    expect((await ben()).KeyId).toBe(KeyId);
    const end = { KeyId, PendingWindowInDays: 7 };
    await expect(kms.scheduleKeyDeletion(end)).rejects.toMatchObject(REQUIRED);
    await approve(await kms.proposeChange({ Operation: 'ScheduleKeyDeletion', Request: end }));
    await expect(ben()).rejects.toMatchObject({ code: 'ERR_KEY_STATE' });
  });

  it('of a version that is shorter than thirty days takes two, and is refused while it has cells', async () => {
    const { KeyId, carol, options } = await store();
    let cells = 1n;
    const opened = await openForTest({ ...options, countCells: async () => cells });
    const { kms, rotateKey } = opened;
    await rotateKey(KeyId);
    const version = { KeyId, Version: 1 };
    const retire = (PendingWindowInDays: number) =>
      kms.retireKeyVersion({ ...version, PendingWindowInDays });
    await expect(retire(29)).rejects.toMatchObject(REQUIRED);
    const Request = { ...version, PendingWindowInDays: 7 };
    const propose = () => kms.proposeChange({ Operation: 'RetireKeyVersion', Request });
    await expect(propose()).rejects.toMatchObject({ code: 'ERR_KEY_IN_USE' });
    cells = 0n;
    const { ProposalId, Statement } = await propose();
    const Signature = signed(carol, Statement);
    const approve = () => kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
    cells = 1n;
    await expect(approve()).rejects.toMatchObject({ code: 'ERR_KEY_IN_USE' });
    cells = 0n;
    await approve();
    const [key] = opened.listKeys();
    expect(key?.versions[0]?.deletionAt).toBeInstanceOf(Date);
    await kms.cancelKeyVersionRetirement(version);
    expect(await retire(30)).toMatchObject({ PendingWindowInDays: 30 });
  });

  it('of thirty days takes one', async () => {
    const { kms, KeyId } = await store();
    expect(await kms.scheduleKeyDeletion({ KeyId })).toMatchObject({ PendingWindowInDays: 30 });
  });
});

it('malformed approvers are refused at once', async () => {
  const { options } = await store();
  for (const approvers of [{ 'user/carol': 'ssh-rsa AAAA' }, { 'a b': 'x' }, { c: 'AAAA' }]) {
    const opened = openForTest({ ...options, access: { approvers } });
    await expect(opened).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'access.approvers' },
    });
  }
});

it('approvers have a key each: one key under two names would be proposer and approver', async () => {
  const { options } = await store();
  const carol = person().publicKey;
  const raw = Buffer.from(carol.split(' ')[1] ?? '', 'base64')
    .subarray(-32)
    .toString('base64');
  for (const again of [carol, carol.replace('carol@desk', 'asha@desk'), raw]) {
    const approvers = { 'user/carol': carol, 'user/ben': person().publicKey, 'user/asha': again };
    await expect(openForTest({ ...options, access: { approvers } })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('each key under one name'),
      meta: { option: 'access.approvers' },
    });
  }
});

it('a proposal whose time is over is in no list, and the next one removes it', async () => {
  const approvers = { 'user/carol': person().publicKey };
  const { kms, key, clock, insider } = await keyService({ access: { approvers } });
  const KeyId = await key();
  const Request = { KeyId, PendingWindowInDays: 7 };
  const propose = () => kms.proposeChange({ Operation: 'ScheduleKeyDeletion', Request });
  const listed = async () => (await kms.listProposals({ KeyId })).Proposals.length;
  const stored = async () => (await (await insider()).rows('proposal')).length;
  await propose();
  clock.step(86_399_999);
  expect([await listed(), await stored()]).toEqual([1, 1]);
  clock.step(1);
  expect([await listed(), await stored()]).toEqual([0, 1]);
  await propose();
  expect([await listed(), await stored()]).toEqual([1, 1]);
});
