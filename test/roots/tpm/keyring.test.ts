import {
  createIdentityPolicy,
  initKeyStore,
  type KeyringOptions,
  openKeyring,
  type Root,
} from '@fieldseal/core';
import { rotateRootKey } from '@fieldseal/jobs';
import { tpmRoot } from '@fieldseal/root-tpm';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { expect, test } from 'vitest';
import { FIELD, lease, sealText } from '../../keyring/open-keyrings.ts';
import { freshDatabase } from '../../store-postgres/test-database.ts';
import { describeTpm } from './with-tpm.ts';

const ALIAS = 'alias/kyc';
const administrator = { id: 'svc:operator' };

await describeTpm('a keyring of a production store', 2, (tpm, standby) => {
  const first = tpmRoot({ device: tpm.device });
  const second = tpmRoot({ device: standby?.device ?? tpm.device, pin: () => '482913' });

  async function store(roots: readonly Root[]) {
    const url = await freshDatabase();
    await migratePostgresStore(url);
    const keyStore = () => postgresStore({ connectionString: url, migrate: 'never' });
    const acceptLoss = 'a test';
    const init = { store: keyStore(), roots, environment: 'production', acceptLoss };
    const { pin } = await initKeyStore(init);
    await init.store.close?.();
    const open = (by: readonly Root[], more: Partial<KeyringOptions> = {}) =>
      openKeyring({
        store: keyStore(),
        roots: by,
        environment: 'production',
        pin,
        principal: administrator,
        access: { identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])] },
        stagingMs: 0,
        ...more,
      });
    return open;
  }

  test('opens from its slot in the TPM, without anything for development', async () => {
    const open = await store([first]);
    let sealed: { readonly id: string; readonly cell: string };
    {
      await using keyring = await open([first]);
      const { keyId } = await keyring.createKey();
      await keyring.createAlias(ALIAS, keyId);
      sealed = await sealText(keyring, ALIAS, '234567890123');
      expect(keyring.listSlots()).toMatchObject([{ kind: 'tpm', mechanism: 'tpm2-policy-none' }]);
    }
    await using again = await open([tpmRoot({ device: tpm.device })]);
    const held = await lease(again, { open: [sealed.id] });
    expect(held.opening(sealed.id)?.cipher(FIELD, 2).openText(sealed.cell)).toBe('234567890123');
    held.release();
    await expect(open([second])).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
  });

  test('opens by the second TPM when the first one is silent', async () => {
    const open = await store([first, second]);
    const impatient = tpmRoot({
      device: tpm.device,
      connectTimeoutMs: 200,
      commandTimeoutMs: 200,
    });
    tpm.pause();
    try {
      await expect(open([impatient])).rejects.toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE' });
      await using keyring = await open([impatient, second]);
      expect(keyring.listSlots()).toHaveLength(2);
    } finally {
      tpm.resume();
    }
  });

  test('loses a TPM, goes on by another one, and enrols its successor', async () => {
    const open = await store([first, second]);
    tpm.tool('tpm2_clear', []);
    await expect(open([first])).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });

    await using keyring = await open([first, second]);
    const [lost] = keyring.listSlots().filter(({ mechanism }) => !mechanism.endsWith('-pin'));
    await rotateRootKey({ keyring, leaveOut: [lost?.id ?? ''] });
    expect(keyring.listSlots()).toMatchObject([{ kind: 'tpm' }, { kind: 'tpm' }]);
    await using alone = await open([first]);
    expect(alone.listSlots()).toHaveLength(2);
  });
});
