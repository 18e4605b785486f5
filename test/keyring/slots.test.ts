import { createIdentityPolicy, createMemoryStore, type KeyringOptions } from '@fieldseal/core';
import { fakeRoot, fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { person, signed } from './kms/person.ts';
import { closeKeyringsAfterEach, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

const DAY_MS = 86_400_000;
/** Changing slots is nobody's right by itself. */
const identityPolicies = () => [createIdentityPolicy(['administrator', 'auditor'])];
const NOBODY = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';

async function store(more: Partial<KeyringOptions> = {}) {
  const clock = fixedClock(1_800_000_000_000);
  const root = fakeRoot(memoryRoot());
  const shared = createMemoryStore();
  const options: KeyringOptions = {
    store: shared,
    roots: [root],
    environment: 'test',
    development: true,
    clock,
    access: { identityPolicies },
    ...more,
  };
  const keyring = await openForTest(options);
  const another = (other: Partial<KeyringOptions> = {}) => openForTest({ ...options, ...other });
  const [first] = keyring.listSlots();
  return { clock, root, shared, options, keyring, another, first: first?.id ?? '' };
}

/** Shares on paper, as far as a test needs them. */
const recoveryRoot = () => ({ ...memoryRoot(), kind: 'paper', recovery: true });

describe('addSlot', () => {
  it('lets one more root open the store, alone', async () => {
    const { keyring, another } = await store();
    const root = { ...memoryRoot(), failureDomain: 'rack 7' };
    const { slotId, added } = await keyring.addSlot({ root, label: 'second machine' });
    expect(added).toBe(true);
    expect(keyring.listSlots()).toContainEqual({
      id: slotId,
      kind: 'memory',
      mechanism: 'memory',
      label: 'second machine',
      rootGeneration: 1,
      recovery: false,
      failureDomain: 'rack 7',
      createdAt: new Date(1_800_000_000_000),
      testedAt: new Date(1_800_000_000_000),
      isTestDue: false,
    });
    const alone = await another({ roots: [root] });
    expect(alone.pin).toBe(keyring.pin);
    expect(await alone.audit.verify()).toMatchObject({ sound: true });
  });

  it('gives a root that opens a slot no second one', async () => {
    const { keyring, root, first } = await store();
    expect(await keyring.addSlot({ root })).toEqual({ slotId: first, added: false });
    expect(keyring.listSlots()).toHaveLength(1);
  });

  it('writes nothing for a root that fails, or that does not open what it sealed', async () => {
    const { keyring, root } = await store();
    for (const fault of ['unavailable', 'foreign', 'wrong-key', 'crash'] as const) {
      const next = fakeRoot(memoryRoot());
      next.fail(fault);
      const adding = keyring.addSlot({ root: { ...next, kind: 'other' } });
      await expect(adding).rejects.toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE' });
    }
    root.fail('unavailable');
    const unasked = keyring.addSlot({ root: { ...memoryRoot(), kind: 'other' } });
    await expect(unasked).rejects.toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE' });
    expect(keyring.listSlots()).toHaveLength(1);
  });

  it('takes a root, a short label, and no root for development in a store that is none', async () => {
    const { keyring } = await store();
    const refused: readonly [object, string, string][] = [
      [{}, 'ERR_CONFIG_INVALID', 'root'],
      [{ root: { kind: 'x' } }, 'ERR_CONFIG_INVALID', 'root'],
      [{ root: { ...memoryRoot(), recovery: 'yes' } }, 'ERR_CONFIG_INVALID', 'root'],
      [{ root: { ...memoryRoot(), failureDomain: '' } }, 'ERR_CONFIG_INVALID', 'root'],
      [{ root: { ...memoryRoot(), failureDomain: 'a\nb' } }, 'ERR_CONFIG_INVALID', 'root'],
      [{ root: memoryRoot(), label: '' }, 'ERR_REQUEST_INVALID', 'label'],
      [{ root: memoryRoot(), labl: 'x' }, 'ERR_REQUEST_INVALID', 'labl'],
    ];
    for (const [request, code, option] of refused) {
      const adding = keyring.addSlot(request as never);
      await expect(adding).rejects.toMatchObject({ code, meta: { option } });
    }
  });

  it('is refused while the root key rotates, and asks no device then', async () => {
    const { keyring, first } = await store();
    const next = fakeRoot({ ...memoryRoot(), kind: 'other' });
    await keyring.rotateRootKey();
    const conflict = { code: 'ERR_ROTATION_CONFLICT', meta: { reason: 'ROOT_KEY' } };
    await expect(keyring.addSlot({ root: next })).rejects.toMatchObject(conflict);
    await expect(keyring.removeSlot({ slotId: first })).rejects.toMatchObject(conflict);
    expect(next.calls()).toEqual({ seal: 0, open: 0 });
  });

  it('is one of two that add a root of the same kind at once', async () => {
    const { keyring, another } = await store();
    const other = await another();
    const root = memoryRoot();
    const added = await Promise.allSettled([keyring.addSlot({ root }), other.addSlot({ root })]);
    const lost = added.filter(({ status }) => status === 'rejected');
    expect(lost).toMatchObject([{ reason: { code: 'ERR_STORE_CONFLICT', retryable: true } }]);
    const again = await Promise.all([keyring.addSlot({ root }), other.addSlot({ root })]);
    expect(again.map((each) => each.added)).toEqual([false, false]);
  });

  it('gets a successor when the root key rotates, by its own root', async () => {
    const { keyring, another, root, clock } = await store();
    const paper = recoveryRoot();
    await keyring.addSlot({ root: paper, label: 'vault' });
    const orphan = { code: 'ERR_ROOT_UNAVAILABLE', meta: { reason: 'paper' } };
    await expect(keyring.rotateRootKey()).rejects.toMatchObject(orphan);
    const both = await another({ roots: [root, paper] });
    await both.rotateRootKey();
    clock.step(60_000);
    while ((await both.rewrapRootKey()).state !== 'done');
    const renewed = { label: 'vault', recovery: true, rootGeneration: 2 };
    expect(both.listSlots()).toContainEqual(expect.objectContaining(renewed));
  });
});

describe('removeSlot', () => {
  it('keeps the root out of the store, and says that a copy of the store is another matter', async () => {
    const { keyring, another, root, shared, first } = await store();
    const next = memoryRoot();
    await keyring.addSlot({ root: next });
    const backup = await shared.readControl();
    expect(await keyring.removeSlot({ slotId: first })).toEqual({
      slotId: first,
      revoked: false,
      toRevoke: 'rotateRootKey',
    });
    await expect(another({ roots: [root] })).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
    expect((await another({ roots: [next] })).listSlots()).toHaveLength(1);
    const record = backup?.rows.find(({ columns }) => columns.id === first);
    expect(record?.columns.sealed).toBeInstanceOf(Uint8Array);
  });

  it('takes neither the last slot nor the last one for recovery, nor does a rotation', async () => {
    const { keyring, another, root, first } = await store();
    const required = (reason: string) => ({ code: 'ERR_SLOT_REQUIRED', meta: { reason } });
    const remove = (slotId: string) => keyring.removeSlot({ slotId });
    await expect(remove(first)).rejects.toMatchObject(required('LAST_SLOT'));
    const paper = recoveryRoot();
    const { slotId } = await keyring.addSlot({ root: paper });
    await expect(remove(slotId)).rejects.toMatchObject(required('LAST_RECOVERY_SLOT'));
    const both = await another({ roots: [root, paper] });
    const leaving = both.rotateRootKey({ leaveOut: [slotId] });
    await expect(leaving).rejects.toMatchObject(required('LAST_RECOVERY_SLOT'));
    expect(keyring.listSlots()).toHaveLength(2);
    await keyring.addSlot({ root: { ...recoveryRoot(), kind: 'more paper' } });
    await remove(slotId);
    await remove(first);
    expect(keyring.listSlots()).toMatchObject([{ kind: 'more paper' }]);
  });

  it('takes two where there are approvers', async () => {
    const carol = person();
    const access = { identityPolicies, approvers: { 'user/carol': carol.publicKey } };
    const { keyring, first } = await store({ access, principal: 'user/asha' });
    await keyring.addSlot({ root: memoryRoot() });
    const Request = { slotId: first };
    await expect(keyring.removeSlot(Request)).rejects.toMatchObject({
      code: 'ERR_APPROVAL_REQUIRED',
      meta: { keyId: '*', operation: 'RemoveSlot' },
    });
    const { kms } = keyring;
    const wrong = { Operation: 'RemoveSlot', Request: { slotId: NOBODY } } as const;
    await expect(kms.proposeChange(wrong)).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
    const proposed = await kms.proposeChange({ Operation: 'RemoveSlot', Request });
    const { ProposalId, Statement, KeyId } = proposed;
    expect(KeyId).toBe('*');
    expect(new TextDecoder().decode(Statement)).toContain(first);
    const Approver = 'user/carol';
    const forged = { ProposalId, Approver, Signature: signed(person(), Statement) };
    await expect(kms.approveChange(forged)).rejects.toMatchObject({ code: 'ERR_APPROVAL_INVALID' });
    expect(keyring.listSlots()).toHaveLength(2);
    await kms.approveChange({ ProposalId, Approver, Signature: signed(carol, Statement) });
    expect(keyring.listSlots().map(({ id }) => id)).not.toContain(first);
  });
});

describe('testSlot', () => {
  it('is due after 180 days, and not any more once the root opened the slot', async () => {
    const { keyring, another, clock, first } = await store();
    clock.step(180 * DAY_MS);
    expect(keyring.listSlots()).toMatchObject([{ isTestDue: false }]);
    clock.step(1);
    expect(keyring.listSlots()).toMatchObject([{ isTestDue: true }]);
    const testedAt = new Date(1_800_000_000_000 + 180 * DAY_MS + 1);
    expect(await keyring.testSlot({ slotId: first })).toMatchObject({ id: first, testedAt });
    expect((await another()).listSlots()).toMatchObject([{ testedAt, isTestDue: false }]);
  });

  it('takes a root that is not of the keyring', async () => {
    const { keyring, clock } = await store();
    const paper = recoveryRoot();
    const { slotId } = await keyring.addSlot({ root: paper });
    clock.step(DAY_MS);
    expect(await keyring.testSlot({ root: paper })).toMatchObject({ id: slotId });
    // no root here
    const wrong = { code: 'ERR_WRONG_ROOT' };
    await expect(keyring.testSlot({ slotId })).rejects.toMatchObject(wrong);
    await expect(keyring.testSlot({ root: recoveryRoot() })).rejects.toMatchObject(wrong);
  });

  it('keeps the date where the root fails or gives another key', async () => {
    const { keyring, root, clock, first } = await store();
    clock.step(DAY_MS);
    for (const [fault, code] of [
      ['unavailable', 'ERR_ROOT_UNAVAILABLE'],
      ['crash', 'ERR_ROOT_UNAVAILABLE'],
      ['foreign', 'ERR_WRONG_ROOT'],
      ['wrong-key', 'ERR_WRONG_ROOT'],
    ] as const) {
      root.fail(fault);
      await expect(keyring.testSlot({ slotId: first })).rejects.toMatchObject({ code });
    }
    expect(keyring.listSlots()).toMatchObject([{ testedAt: new Date(1_800_000_000_000) }]);
    const invalid = { code: 'ERR_REQUEST_INVALID', meta: { option: 'slotId' } };
    for (const request of [{}, { slotId: first, root }, { slotId: NOBODY }]) {
      await expect(keyring.testSlot(request)).rejects.toMatchObject(invalid);
    }
  });
});

it('each change of a slot is in the trail, and takes a right that nobody has by itself', async () => {
  const { keyring, another, shared, first } = await store();
  const { slotId } = await keyring.addSlot({ root: memoryRoot() });
  await keyring.testSlot({ slotId: first });
  await keyring.removeSlot({ slotId });
  const { head } = (await shared.readControl()) ?? {};
  expect(head?.epoch).toBe(4n);
  const nobody = await another({ access: {} });
  for (const call of [
    nobody.addSlot({ root: memoryRoot() }),
    nobody.testSlot({ slotId: first }),
    nobody.removeSlot({ slotId: first }),
  ]) {
    await expect(call).rejects.toMatchObject({ code: 'ERR_ACCESS_DENIED' });
  }
  const told: string[] = [];
  const rows = await shared.readAudit({ chain: 'management', after: 0n, limit: 100 });
  for (const { columns } of rows) {
    if (String(columns.action).endsWith('Slot')) told.push(`${columns.action} ${columns.details}`);
  }
  const details = (slot: string) => JSON.stringify({ kind: 'memory', slot });
  expect(told).toEqual([
    `AddSlot ${details(slotId)}`,
    `TestSlot ${details(first)}`,
    `RemoveSlot ${details(slotId)}`,
  ]);
  expect(keyring.listSlots()).toHaveLength(1);
});
