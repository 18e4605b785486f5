import {
  auditSource,
  createIdentityPolicy,
  createMemoryStore,
  type KeyringOptions,
} from '@fieldseal/core';
import { fakeRoot, fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it, vi } from 'vitest';
import { person, signed } from './kms/person.ts';
import { closeKeyringsAfterEach, FIELD, lease, openForTest, sealText } from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const STAGING_MS = 60_000;

/** Replacing the root key is nobody's right by itself. */
const identityPolicies = () => [createIdentityPolicy(['administrator', 'auditor'])];

/** A store with keys of several versions, and cells under each. */
async function store() {
  const clock = fixedClock(1_800_000_000_000);
  const shared = createMemoryStore();
  const root = fakeRoot(memoryRoot());
  const options: KeyringOptions = {
    store: shared,
    roots: [root],
    environment: 'test',
    development: true,
    createMissingAliases: true,
    clock,
    access: { identityPolicies },
  };
  const keyring = await openForTest(options);
  const cells = [await sealText(keyring, ALIAS, 'one')];
  await keyring.rotateKey(ALIAS);
  cells.push(await sealText(keyring, ALIAS, 'two'));
  cells.push(await sealText(keyring, 'alias/other', 'three'));
  const another = (more: Partial<KeyringOptions> = {}) => openForTest({ ...options, ...more });
  const values = async (reader: typeof keyring) => {
    const opened: unknown[] = [];
    for (const { id, cell } of cells) {
      const held = await lease(reader, { open: [id] });
      opened.push(held.opening(id)?.cipher(FIELD, 2).openText(cell));
      held.release();
    }
    return opened;
  };
  const generations = async () => {
    const rows = (await shared.readControl())?.rows ?? [];
    const of = (table: string) =>
      rows.filter((row) => row.table === table).map(({ columns }) => columns.root_generation);
    return { slots: of('slot'), storeKey: of('store_key'), versions: of('key_version') };
  };
  return { clock, shared, root, options, keyring, another, values, generations };
}

const VALUES = ['one', 'two', 'three'];

describe('the root key', () => {
  it('is replaced step by step, and every cell opens at each of them, in old and new processes', async () => {
    const { clock, keyring, another, values, generations } = await store();
    const old = await another();
    expect(await keyring.rotateRootKey()).toEqual({
      state: 'published',
      generation: 2,
      left: 0,
      rewrapped: 0,
      waitMs: STAGING_MS,
    });
    expect(await generations()).toEqual({ slots: [1, 2], storeKey: [1], versions: [1, 1, 1] });
    expect((await keyring.rewrapRootKey()).waitMs).toBe(STAGING_MS);
    expect(await generations()).toMatchObject({ storeKey: [1], versions: [1, 1, 1] });
    clock.step(STAGING_MS);
    const steps: (readonly [string, number])[] = [];
    for (;;) {
      const { state, left } = await keyring.rewrapRootKey({ limit: 2 });
      steps.push([state, left]);
      expect(await values(await another())).toEqual(VALUES);
      await old.runDue();
      expect(await values(old)).toEqual(VALUES);
      if (state === 'done') break;
    }
    expect(steps).toEqual([
      ['rewrapping', 1],
      ['rewrapping', 0],
      ['done', 0],
    ]);
    expect(await generations()).toEqual({ slots: [2], storeKey: [2], versions: [2, 2, 2] });
    expect(await keyring.rewrapRootKey()).toMatchObject({ state: 'done', generation: 2 });
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
    expect((await another()).pin).toBe(keyring.pin);
  });

  it('wraps what other processes make meanwhile, and nothing is lost with the old slots', async () => {
    const { clock, keyring, another, generations } = await store();
    const old = await another();
    await keyring.rotateRootKey();
    clock.step(STAGING_MS);
    await keyring.rewrapRootKey({ limit: 1 });
    const { keyId } = await old.createKey();
    await old.rotateKey(ALIAS);
    await sealText(old, 'alias/fresh', 'x');
    while ((await keyring.rewrapRootKey({ limit: 1 })).state !== 'done');
    const { versions } = await generations();
    expect(new Set(versions)).toEqual(new Set([2]));
    const fresh = await another();
    const { CiphertextBlob } = await fresh.kms.encrypt({
      KeyId: keyId,
      Plaintext: new Uint8Array(1),
    });
    expect((await old.kms.decrypt({ CiphertextBlob })).KeyId).toBe(keyId);
  });

  it('is moved by two processes at once, each version once', async () => {
    const { clock, keyring, another, values, generations } = await store();
    const other = await another();
    await keyring.rotateRootKey();
    await expect(other.rotateRootKey()).rejects.toMatchObject({ code: 'ERR_ROTATION_CONFLICT' });
    clock.step(STAGING_MS);
    const moved = await Promise.all(
      [keyring, other].map(async (each) => {
        let count = 0;
        for (;;) {
          const { state, rewrapped } = await each.rewrapRootKey({ limit: 1 });
          count += rewrapped;
          if (state === 'done') return count;
        }
      }),
    );
    expect(moved.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(await generations()).toEqual({ slots: [2], storeKey: [2], versions: [2, 2, 2] });
    expect(await values(await another())).toEqual(VALUES);
  });

  it('moves to another root: the old one opens the store no more when its slot was left out', async () => {
    const { clock, root, keyring, another, values } = await store();
    const next = memoryRoot();
    const both = await another({ roots: [root, next] });
    const [slot] = keyring.listSlots();
    await both.rotateRootKey({ leaveOut: [slot?.id ?? ''] });
    expect(await values(await another())).toEqual(VALUES);
    clock.step(STAGING_MS);
    while ((await both.rewrapRootKey()).state !== 'done');
    expect(await values(await another({ roots: [next] }))).toEqual(VALUES);
    await expect(another()).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
    // a process of before goes on with what is in its memory
    await keyring.runDue();
    expect(await values(keyring)).toEqual(VALUES);
    await expect(keyring.rotateKey(ALIAS)).rejects.toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE' });
  });

  it('that is under way is taken up only by whoever leaves out the same slots', async () => {
    const { clock, root, keyring, another } = await store();
    const next = memoryRoot();
    const both = await another({ roots: [root, next] });
    const leaveOut = keyring.listSlots().map(({ id }) => id);
    const conflict = { code: 'ERR_ROTATION_CONFLICT', meta: { reason: 'ROOT_KEY' } };
    // begun for both roots: the old one would keep the store
    await both.rotateRootKey();
    const step = (of: typeof both, request: object) => of.rewrapRootKey(request);
    await expect(step(both, { leaveOut })).rejects.toMatchObject(conflict);
    clock.step(STAGING_MS);
    await expect(step(both, { leaveOut, limit: 1 })).rejects.toMatchObject(conflict);
    while ((await both.rewrapRootKey()).state !== 'done');
    expect(await step(both, { leaveOut })).toMatchObject({ state: 'done' });
    // begun without the second one: that, and nothing else
    const mine = (await another()).listSlots();
    const owned: string[] = [];
    for (const { id } of mine) {
      const opens = await another({ roots: [root] })
        .then((of) => of.rotateRootKey({ leaveOut: [id] }))
        .catch(() => null);
      if (opens !== null) owned.push(id);
    }
    expect(owned).toHaveLength(1);
    const asked = [...owned];
    expect(await step(await another({ roots: [root] }), { leaveOut: asked })).toMatchObject({
      state: 'published',
    });
    expect(await step(both, { leaveOut: asked })).toMatchObject({ state: 'published' });
    for (const other of [[...mine.map(({ id }) => id)], ['6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69']])
      await expect(step(both, { leaveOut: other })).rejects.toMatchObject(conflict);
  });

  it('goes on through an outage of the root, and is opened when it is over', async () => {
    const { clock, root, keyring, another, values } = await store();
    const device = fakeRoot(root);
    const old = await another({ roots: [device] });
    expect(await values(old)).toEqual(VALUES);
    device.fail('unavailable');
    await keyring.rotateRootKey();
    clock.step(STAGING_MS);
    while ((await keyring.rewrapRootKey()).state !== 'done');
    await old.runDue();
    expect(await values(old)).toEqual(VALUES);
    // what is new would have to be under a root key that is not here
    const refused = { code: 'ERR_ROOT_UNAVAILABLE', retryable: true };
    await expect(old.rotateKey(ALIAS)).rejects.toMatchObject(refused);
    await expect(old.rewrapRootKey()).resolves.toMatchObject({ state: 'done' });
    device.fail(undefined);
    clock.advance(10_000);
    await vi.waitFor(() => old.rotateKey(ALIAS));
  });

  it('is not begun while a slot belongs to no root here', async () => {
    const { clock, root, keyring, another, generations } = await store();
    const both = await another({ roots: [root, memoryRoot()] });
    await both.rotateRootKey();
    clock.step(STAGING_MS);
    while ((await both.rewrapRootKey()).state !== 'done');
    await expect(keyring.rotateRootKey()).rejects.toMatchObject({
      code: 'ERR_ROOT_UNAVAILABLE',
      meta: { reason: 'memory' },
    });
    expect((await generations()).slots).toEqual([2, 2]);
  });

  it('is not begun with slots that are not there, with none left, or by whom no policy allows', async () => {
    const { keyring, another, generations } = await store();
    const [slot] = keyring.listSlots();
    const begin = (...leaveOut: string[]) => keyring.rotateRootKey({ leaveOut });
    const wrong = { code: 'ERR_REQUEST_INVALID', meta: { option: 'leaveOut' } };
    await expect(begin('6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69')).rejects.toMatchObject(wrong);
    await expect(begin(slot?.id ?? '')).rejects.toMatchObject(wrong);
    await expect(keyring.rewrapRootKey({ limit: 0 })).rejects.toMatchObject({
      code: 'ERR_REQUEST_INVALID',
    });
    for (const access of [{ identityPolicies: () => [] }, {}]) {
      const nobody = await another({ access });
      for (const call of [nobody.rotateRootKey, nobody.rewrapRootKey]) {
        await expect(call()).rejects.toMatchObject({ code: 'ERR_ACCESS_DENIED' });
      }
    }
    expect((await generations()).slots).toEqual([1]);
  });

  it('keeps every slot where there are approvers, unless one of them signs', async () => {
    const carol = person();
    const { root, keyring, another, clock, values, shared } = await store();
    const access = { identityPolicies, approvers: { 'user/carol': carol.publicKey } };
    const next = memoryRoot();
    const both = await another({ roots: [root, next], access, principal: 'user/asha' });
    const { kms } = both;
    const [slot] = keyring.listSlots();
    const Request = { leaveOut: [slot?.id ?? ''] };
    await expect(both.rotateRootKey(Request)).rejects.toMatchObject({
      code: 'ERR_APPROVAL_REQUIRED',
    });
    const wrong = { Operation: 'RotateRootKey', Request: { leaveOut: ['x'] } } as const;
    await expect(kms.proposeChange(wrong)).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
    const proposed = await kms.proposeChange({ Operation: 'RotateRootKey', Request });
    expect(proposed).toMatchObject({ KeyId: '*', Operation: 'RotateRootKey' });
    const { ProposalId, Statement } = proposed;
    const Approver = 'user/carol';
    const forged = { ProposalId, Approver, Signature: signed(person(), Statement) };
    await expect(kms.approveChange(forged)).rejects.toMatchObject({ code: 'ERR_APPROVAL_INVALID' });
    expect(both.listSlots()).toHaveLength(1);
    await kms.approveChange({ ProposalId, Approver, Signature: signed(carol, Statement) });
    const entries: Record<string, unknown>[] = [];
    for await (const { columns } of auditSource(shared).entries('management'))
      entries.push(columns);
    const rotations = entries.filter(({ action }) => action === 'RotateRootKey');
    expect(rotations).toMatchObject([
      { principal: 'user/asha', decision: 'identity-policy/Administrator' },
    ]);
    expect(await kms.listProposals({ KeyId: '*' })).toEqual({ Proposals: [] });
    clock.step(STAGING_MS);
    while ((await both.rewrapRootKey()).state !== 'done');
    expect(both.listSlots()).toMatchObject([{ rootGeneration: 2 }]);
    expect(await values(await another({ roots: [next] }))).toEqual(VALUES);
    await expect(another()).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
  });

  it('is rotated by one person who leaves nobody out, also where there are approvers', async () => {
    const { root, another } = await store();
    const access = { identityPolicies, approvers: { 'user/carol': person().publicKey } };
    const both = await another({ roots: [root, memoryRoot()], access });
    expect(await both.rotateRootKey()).toMatchObject({ state: 'published' });
  });
});
