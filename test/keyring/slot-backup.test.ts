import { createIdentityPolicy, createMemoryStore, type KeyringOptions } from '@fieldseal/core';
import { fakeRoot, memoryRoot } from '@fieldseal/testing';
import { expect, it } from 'vitest';
import { closeKeyringsAfterEach, openForTest, sealText } from './open-keyrings.ts';

closeKeyringsAfterEach();

/** A store with two slots, whose table of slots somebody empties. */
async function store() {
  const shared = createMemoryStore();
  const roots = [fakeRoot(memoryRoot()), memoryRoot()];
  const options: KeyringOptions = {
    store: shared,
    roots,
    environment: 'test',
    development: true,
    createMissingAliases: true,
    access: { identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])] },
  };
  const keyring = await openForTest(options);
  await sealText(keyring, 'alias/kyc', 'x');
  const another = (more: Partial<KeyringOptions> = {}) => openForTest({ ...options, ...more });
  /** What somebody does who has the database and no key. */
  const lose = async () => {
    const { head, rows } = (await shared.readControl()) ?? {};
    if (head === undefined || rows === undefined) throw new Error('There is no store');
    const remove = rows.filter(({ table }) => table === 'slot');
    await shared.writeControl({ expectedEpoch: head.epoch, put: [], remove, head });
  };
  return { keyring, another, roots, lose };
}

it('a store that lost its slots opens by those of the backup, and by nothing else', async () => {
  const { keyring, another, roots, lose } = await store();
  const slotsFrom = keyring.exportSlots();
  expect(slotsFrom).toHaveLength(2);
  await lose();
  await expect(another()).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
  const { pin } = keyring;
  for (const root of roots) {
    const opened = await another({ slotsFrom, pin, roots: [root] });
    expect(opened.listKeys()).toHaveLength(1);
    expect(opened.listSlots()).toEqual(keyring.listSlots());
  }
  const strangers = [memoryRoot()];
  const wrong = another({ slotsFrom, roots: strangers });
  await expect(wrong).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
});

it('the next change puts the slots back', async () => {
  const { keyring, another, lose } = await store();
  const slotsFrom = keyring.exportSlots();
  await lose();
  const opened = await another({ slotsFrom });
  const [first] = opened.listSlots();
  await opened.testSlot({ slotId: first?.id ?? '' });
  const healed = await another();
  expect(healed.listSlots()).toEqual(opened.listSlots());
  expect(await healed.audit.verify()).toMatchObject({ sound: true });
});

it('neither a slot that is missing in the backup, nor one that was changed since, is passed over', async () => {
  const { keyring, another, lose } = await store();
  const slotsFrom = keyring.exportSlots();
  const [first, second = ''] = keyring.listSlots().map(({ id }) => id);
  const integrity = { code: 'ERR_STORE_INTEGRITY' };
  await lose();
  for (const line of slotsFrom) {
    await expect(another({ slotsFrom: [line] })).rejects.toMatchObject(integrity);
  }
  const forged = slotsFrom.map((line) => line.replace('"recovery":false', '"recovery":true'));
  await expect(another({ slotsFrom: forged })).rejects.toMatchObject(integrity);
  await (await another({ slotsFrom })).removeSlot({ slotId: second });
  expect((await another({ slotsFrom })).listSlots()).toMatchObject([{ id: first }]);
  await lose();
  await expect(another({ slotsFrom })).rejects.toMatchObject(integrity);
});

it('says whether the backup is as the slots are', async () => {
  const { keyring, another } = await store();
  const slotsFrom = keyring.exportSlots();
  expect(keyring.slotBackup()).toBe('absent');
  const opened = await another({ slotsFrom });
  expect(opened.slotBackup()).toBe('current');
  await opened.addSlot({ root: memoryRoot() });
  expect(opened.slotBackup()).toBe('stale');
});

it('takes lines of slots, and gives them to whoever has the right', async () => {
  const { keyring, another } = await store();
  const [line = ''] = keyring.exportSlots();
  const wrong = { code: 'ERR_CONFIG_INVALID', meta: { option: 'slotsFrom' } };
  for (const slotsFrom of [[], line, [7]]) {
    await expect(another({ slotsFrom } as never)).rejects.toMatchObject(wrong);
  }
  const broken = { code: 'ERR_STORE_INTEGRITY', meta: { table: 'slot' } };
  for (const text of ['', '{}', 'null', line.slice(1), line.replace('"id"', '"di"')]) {
    await expect(another({ slotsFrom: [text] })).rejects.toMatchObject(broken);
  }
  const nobody = await another({ access: {} });
  expect(() => nobody.exportSlots()).toThrow(
    expect.objectContaining({ code: 'ERR_ACCESS_DENIED' }),
  );
});
