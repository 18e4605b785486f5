import { createMemoryStore } from '@fieldseal/core';
import { memoryRoot, testKeyring } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { activeDataKey, closeKeyringsAfterEach, lease, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

const code = (name: string) => expect.objectContaining({ code: name });
const UNKNOWN = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';

function open() {
  const options = { store: createMemoryStore(), roots: [memoryRoot()], environment: 'test' };
  return openForTest({ ...options, development: true });
}

describe('keys and aliases', () => {
  it('a key has one primary version, and rotating it demotes that one', async () => {
    const keyring = await open();
    const { keyId } = await keyring.createKey({ description: 'Identity documents' });
    await keyring.createAlias('alias/kyc', keyId);
    expect(await keyring.rotateKey('alias/kyc')).toEqual({ keyId, version: 2 });
    expect(await keyring.rotateKey(keyId)).toEqual({ keyId, version: 3 });
    expect(keyring.listKeys()).toEqual([
      expect.objectContaining({
        keyId,
        aliases: ['alias/kyc'],
        owner: 'CUSTOMER',
        state: 'Enabled',
        description: 'Identity documents',
        versions: [
          { version: 1, state: 'DECRYPT_ONLY' },
          { version: 2, state: 'DECRYPT_ONLY' },
          { version: 3, state: 'PRIMARY' },
        ],
      }),
    ]);
  });

  it.each(['kyc', 'alias/', 'alias/a b', 'alias/ключ', `alias/${'a'.repeat(251)}`, ''])(
    'an alias cannot be %j: ERR_ALIAS_INVALID',
    async (alias) => {
      const keyring = await open();
      const { keyId } = await keyring.createKey();
      await expect(keyring.createAlias(alias, keyId)).rejects.toThrow(code('ERR_ALIAS_INVALID'));
      expect(keyring.listKeys()[0]?.aliases).toEqual([]);
    },
  );

  it('the aliases of service-managed keys are reserved', async () => {
    const keyring = await open();
    const { keyId } = await keyring.createKey();
    await expect(keyring.createAlias('alias/fieldseal/prisma', keyId)).rejects.toThrow(
      code('ERR_ALIAS_INVALID'),
    );
  });

  it('an alias is given once: ERR_ALIAS_EXISTS, also in the process that has not seen it yet', async () => {
    const shared = { store: createMemoryStore(), roots: [memoryRoot()] };
    const [a, b] = [await testKeyring(shared), await testKeyring(shared)];
    const { keyId } = await a.createKey();
    await a.createAlias('alias/kyc', keyId);
    for (const keyring of [a, b]) {
      await expect(keyring.createAlias('alias/kyc', keyId)).rejects.toMatchObject({
        code: 'ERR_ALIAS_EXISTS',
        meta: { alias: 'alias/kyc' },
      });
    }
    await Promise.all([a.close(), b.close()]);
  });

  it('what does not exist is neither named, nor rotated, nor sealed under: ERR_KEY_NOT_FOUND', async () => {
    const keyring = await open();
    const notFound = code('ERR_KEY_NOT_FOUND');
    await expect(keyring.createAlias('alias/kyc', UNKNOWN)).rejects.toThrow(notFound);
    await expect(keyring.rotateKey(UNKNOWN)).rejects.toThrow(notFound);
    await expect(keyring.rotateKey('alias/kyc')).rejects.toThrow(notFound);
    await expect(
      lease(keyring, { seal: [{ alias: 'alias/kyc', scope: {} }] }),
    ).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      message: expect.stringContaining('There is no key alias/kyc; make one with createKey'),
      meta: { alias: 'alias/kyc' },
    });
    expect(keyring.listKeys()).toEqual([]);
  });

  it('a description has a limit', async () => {
    const keyring = await open();
    await keyring.createKey({ description: 'd'.repeat(8192) });
    await expect(keyring.createKey({ description: 'd'.repeat(8193) })).rejects.toMatchObject({
      code: 'ERR_REQUEST_INVALID',
      meta: { option: 'Description' },
    });
  });
});

describe('a service-managed key', () => {
  it('is made once, when two processes need it at the same time', async () => {
    const shared = { store: createMemoryStore(), roots: [memoryRoot()] };
    const [a, b] = [await testKeyring(shared), await testKeyring(shared)];
    const alias = 'alias/fieldseal/prisma';
    const ids = await Promise.all([activeDataKey(a, alias), activeDataKey(b, alias)]);
    expect(ids[0]).toBe(ids[1]);
    expect(a.listKeys()).toEqual([
      expect.objectContaining({ owner: 'SERVICE', aliases: [alias], state: 'Enabled' }),
    ]);
    await Promise.all([a.close(), b.close()]);
  });
});
