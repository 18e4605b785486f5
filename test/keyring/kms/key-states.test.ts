import { randomBytes } from 'node:crypto';
import {
  awsName,
  type ControlRow,
  type ControlState,
  createMemoryStore,
  type ErrorCode,
  type Kms,
  type Root,
} from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import {
  KEY_OPERATIONS,
  KEY_STATE_TABLE,
  KEY_STATES,
  type KeyState,
} from '../../../packages/core/src/keys/key-states.ts';
import { keyIdBytes } from '../../../packages/core/src/keys/wrap-context.ts';
import { insiderOf } from '../insider.ts';
import { closeKeyringsAfterEach, openForTest } from '../open-keyrings.ts';
import { AWS_KEY_STATES, AWS_STATES } from './aws-key-states.ts';
import { importInto, prepareImport } from './import-as-aws.ts';
import { type KeyKind, OPERATION_CALLS, type OperationCase } from './key-operations.ts';
import { type KeyService, keyService, outcome, refusal, text } from './key-service.ts';

closeKeyringsAfterEach();

const OPERATIONS = KEY_OPERATIONS;
type Operation = keyof typeof OPERATION_CALLS;

const MATERIAL = new Uint8Array(randomBytes(32));
const NONE = new Uint8Array(1);

async function makeKey({ key, kms, keyring }: KeyService, kind: KeyKind): Promise<string> {
  if (kind === 'hmac') return key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  if (kind === 'symmetric') {
    const keyId = await key();
    await keyring.rotateKey(keyId);
    await keyring.rotateKey(keyId);
    await kms.retireKeyVersion({ KeyId: keyId, Version: 2 });
    return keyId;
  }
  const keyId = await key({ Origin: 'EXTERNAL' });
  await importInto(kms, keyId, MATERIAL);
  return keyId;
}

async function sealed(kms: Kms, kind: KeyKind, keyId: string) {
  const Message = text('message');
  if (kind === 'hmac') {
    const { Mac } = await kms.generateMac({ KeyId: keyId, Message, MacAlgorithm: 'HMAC_SHA_256' });
    return { blob: NONE, mac: Mac };
  }
  const { CiphertextBlob } = await kms.encrypt({ KeyId: keyId, Plaintext: Message });
  return { blob: CiphertextBlob, mac: NONE };
}

/** A store in which everything is ready that an operation on a key of one kind may need. */
async function prepare(kind: KeyKind) {
  const service = await keyService({ countCells: async () => 0n });
  const { kms, key, store, options } = service;
  const keyId = await makeKey(service, kind);
  const otherId = await key();
  await kms.createAlias({ AliasName: 'alias/this', TargetKeyId: keyId });
  await kms.createAlias({ AliasName: 'alias/other', TargetKeyId: otherId });
  const grant = { KeyId: keyId, GranteePrincipal: 'user/b', RetiringPrincipal: 'user/c' };
  const { GrantId } = await kms.createGrant({ ...grant, Operations: ['DescribeKey'] });
  const parts = kind === 'imported' ? await prepareImport(kms, keyId, MATERIAL) : undefined;
  const other = await kms.encrypt({ KeyId: otherId, Plaintext: text('other') });
  const on: OperationCase = {
    keyId,
    otherId,
    ...(await sealed(kms, kind, keyId)),
    otherBlob: other.CiphertextBlob,
    grantId: GrantId,
    alias: 'alias/this',
    otherAlias: 'alias/other',
    importToken: parts?.ImportToken ?? NONE,
    material: parts?.EncryptedKeyMaterial ?? NONE,
  };
  return { on, options, state: (await store.readControl()) as ControlState };
}

/** RSA keys take their time, so each kind is made ready once. */
const ready = new Map<KeyKind, ReturnType<typeof prepare>>();
let epoch = 1000n;

/** A copy of the store of a kind, somebody who may change it, and what to call with. */
async function copyFor(operation: Operation) {
  const { kind, call } = OPERATION_CALLS[operation];
  const prepared = ready.get(kind) ?? prepare(kind);
  ready.set(kind, prepared);
  const { on, options, state } = await prepared;
  const store = createMemoryStore();
  const { head, rows } = state;
  await store.writeControl({ expectedEpoch: null, put: rows, remove: [], head });
  const insider = await insiderOf(store, options.roots[0] as Root);
  // this process has seen what other copies came to, and refuses a store that is older
  epoch += 100n;
  const later = insider.secrets.sealHead(epoch, rows);
  await store.writeControl({ expectedEpoch: head.epoch, put: [], remove: [], head: later });
  async function answer(): Promise<string> {
    const { kms } = await openForTest({ ...options, store });
    return outcome(call(kms, on));
  }
  return { on, insider, answer };
}

/** What an operation answers when the row of its key is in a state. */
async function answer(operation: Operation, state: KeyState): Promise<string> {
  const copy = await copyFor(operation);
  await copy.insider.setKeyState(copy.on.keyId, state);
  return copy.answer();
}

const PAIRS = OPERATIONS.flatMap((operation) =>
  KEY_STATES.map((state) => [operation as Operation, state] as const),
);

describe('a call on a key', () => {
  it('is tried for every operation and state of the table', () => {
    expect(Object.keys(OPERATION_CALLS).toSorted()).toEqual(OPERATIONS.toSorted());
    expect(PAIRS).toHaveLength(43 * 6);
  });

  it.each(PAIRS)('%s of a key that is %s answers what the table says', async (operation, state) => {
    expect(await answer(operation, state)).toBe(KEY_STATE_TABLE[operation][state]);
  });

  it.each(OPERATIONS)('%s takes a key with a tombstone for destroyed', async (operation) => {
    const { on, insider, answer: answerNow } = await copyFor(operation as Operation);
    const columns = { id: keyIdBytes(on.keyId), kind: 'key', reason: null, created_at: 0n };
    await insider.put(insider.secrets.sealRow('tombstone', columns) as ControlRow);
    expect(await answerNow()).toBe(KEY_STATE_TABLE[operation].Destroyed);
  });
});

describe('the table of states', () => {
  it.each(Object.entries(AWS_KEY_STATES))(
    'says of %s what AWS KMS documents',
    (operation, verdicts) => {
      const ours = AWS_STATES.map((state) => {
        const verdict = KEY_STATE_TABLE[operation as Operation][state];
        return verdict === 'ok' ? 'ok' : awsName(verdict as ErrorCode);
      });
      expect(ours).toEqual(verdicts);
    },
  );

  it('lets nothing of a destroyed key be changed, used or governed', () => {
    const allowed = OPERATIONS.filter((name) => KEY_STATE_TABLE[name].Destroyed === 'ok');
    // shredding changes nothing of it: it goes over all keys, and under this one nothing is left
    const isHarmless = (name: string) => /^(Describe|List|Get|Explain|Shred$)/.test(name);
    expect(allowed.filter((name) => !isHarmless(name))).toEqual([]);
  });
});

describe('the state of a key', () => {
  it('is in the error: the id of the key and the state, as in AWS the reason of the exception', async () => {
    const { kms, key } = await keyService();
    const keyId = await key();
    await kms.disableKey({ KeyId: keyId });
    await expect(kms.encrypt({ KeyId: keyId, Plaintext: text('x') })).rejects.toThrow(
      refusal('ERR_KEY_DISABLED', { keyId, reason: 'Disabled' }),
    );
  });

  it('of the key that loses an alias is not asked: only that of the one that gets it', async () => {
    const service = await keyService();
    const { kms, key } = service;
    const [from, to] = [await key(), await key()];
    await kms.createAlias({ AliasName: 'alias/moving', TargetKeyId: from });
    await kms.scheduleKeyDeletion({ KeyId: from });
    await kms.updateAlias({ AliasName: 'alias/moving', TargetKeyId: to });
    expect((await kms.listAliases({ KeyId: to })).Aliases).toHaveLength(1);
    const back = kms.updateAlias({ AliasName: 'alias/moving', TargetKeyId: from });
    await expect(back).rejects.toThrow(refusal('ERR_KEY_STATE'));
  });

  it('is switched as often as one likes: enabling an enabled key changes nothing', async () => {
    const { kms, key, store } = await keyService();
    const keyId = await key();
    const epoch = await store.readEpoch();
    await kms.enableKey({ KeyId: keyId });
    expect(await store.readEpoch()).toBe(epoch);
    await kms.disableKey({ KeyId: keyId });
    await kms.disableKey({ KeyId: keyId });
    expect((await kms.describeKey({ KeyId: keyId })).KeyMetadata).toMatchObject({
      KeyState: 'Disabled',
      Enabled: false,
    });
  });
});
