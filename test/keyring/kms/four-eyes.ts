import { createMemoryStore, type Keyring, type KeyringOptions } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { insiderOf } from '../insider.ts';
import { openForTest } from '../open-keyrings.ts';
import { person, signed } from './person.ts';

export const REQUIRED = { code: 'ERR_APPROVAL_REQUIRED' };

const MANAGEMENT = [
  'GetKeyPolicy',
  'PutKeyPolicy',
  'CreateGrant',
  'TagResource',
  'UntagResource',
  'CreateAlias',
  'UpdateAlias',
  'DeleteAlias',
  'RotateKeyOnDemand',
  'RetireKeyVersion',
].map((name) => `fieldseal:${name}`);

/** A key policy by which Asha manages, with further statements. */
export function ashaManages(...statements: readonly object[]): string {
  const Administer = {
    Sid: 'Administer',
    Effect: 'Allow',
    Principal: { Fieldseal: 'user/asha' },
    Action: MANAGEMENT,
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [Administer, ...statements] });
}

/** A statement by which somebody uses a key, on a condition if there is one. */
export function uses(name: string, Condition?: object): object {
  return {
    Sid: name,
    Effect: 'Allow',
    Principal: { Fieldseal: `user/${name}` },
    Action: ['fieldseal:Encrypt', 'fieldseal:Decrypt'],
    Resource: '*',
    ...(Condition === undefined ? {} : { Condition }),
  };
}

/** Whether somebody can use a key: `yes`, or the code of what keeps them from it. */
export async function useBy(keyring: Keyring, name: string, KeyId: string): Promise<string> {
  const use = () => keyring.kms.encrypt({ KeyId, Plaintext: new Uint8Array([1]) });
  return keyring.as(`user/${name}`, use).then(
    () => 'yes',
    (error: { readonly code?: string }) => String(error.code),
  );
}

type ProposableOperation = Parameters<Keyring['kms']['proposeChange']>[0]['Operation'];

/** A keyring of Asha, who proposes, in a store whose approver is Carol. */
export async function fourEyes(access: KeyringOptions['access'] = {}) {
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
    access: { ...access, approvers: { 'user/carol': carol.publicKey } },
  };
  const keyring = await openForTest(options);
  const { kms } = keyring;

  async function makeKey(Policy?: string): Promise<string> {
    const { KeyMetadata } = await kms.createKey(Policy === undefined ? {} : { Policy });
    return KeyMetadata.KeyId;
  }

  /** Proposes it, and has Carol sign it. */
  async function approved(Operation: ProposableOperation, Request: object): Promise<void> {
    const change = { Operation, Request: Request as never };
    const { ProposalId, Statement } = await kms.proposeChange(change);
    const Signature = signed(carol, Statement);
    clock.advance(1000);
    await kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
  }

  return {
    carol,
    clock,
    root,
    store: shared,
    options,
    keyring,
    kms,
    makeKey,
    approved,
    /** Another process that knows the approvers. */
    fresh: () => openForTest(options),
    insider: () => insiderOf(shared, root),
  };
}
