import { createIdentityPolicy, initKeyStore, type Root } from '@fieldseal/core';
import { rotateRootKey } from '@fieldseal/jobs';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { activeDataKey, closeKeyringsAfterEach, openForTest } from '../../keyring/open-keyrings.ts';
import { productionRoot } from '../../keyring/production-root.ts';
import { freshDatabase, sql } from '../../store-postgres/test-database.ts';
import { describeTokens } from './pkcs11-parts.ts';
import { code } from './slot-context.ts';
import { type SoftTokens, softTokens } from './soft-token.ts';

describeTokens('a keyring of a store on PostgreSQL whose root is a token', () => {
  closeKeyringsAfterEach();
  let tokens: SoftTokens;
  let url: string;

  beforeAll(() => {
    tokens = softTokens({
      fieldseal: [{ name: 'root-1' }, { name: 'root-2' }],
      successor: [{ name: 'root-1' }],
    });
  });
  beforeEach(async () => {
    url = await freshDatabase();
    await migratePostgresStore(url);
  });
  afterAll(() => tokens.remove());

  async function init(roots: readonly Root[]): Promise<string> {
    const store = postgresStore(url);
    const { pin } = await initKeyStore({ store, roots, environment: 'prod', acceptLoss: 'a test' });
    return pin;
  }

  const open = (pin: string, ...roots: Root[]) =>
    openForTest({
      store: postgresStore(url),
      roots,
      environment: 'prod',
      pin,
      principal: { id: 'svc:operator' },
      access: { identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])] },
      stagingMs: 0,
    });

  it('opens from its slot, in production, and finds the same keys again', async () => {
    const pin = await init([tokens.root({})]);
    expect(await sql(url, 'SELECT kind, mechanism FROM fieldseal.slot')).toEqual([
      { kind: 'pkcs11', mechanism: 'pkcs11-aes-gcm-own-iv' },
    ]);
    const first = await open(pin, tokens.root({}));
    const { keyId } = await first.createKey();
    await first.createAlias('alias/kyc', keyId);
    const dataKey = await activeDataKey(first, 'alias/kyc');
    const second = await open(pin, tokens.root({}));
    expect(await activeDataKey(second, 'alias/kyc')).toBe(dataKey);
  });

  it('does not open by another key of the same token', async () => {
    const pin = await init([tokens.root({})]);
    const other = tokens.root({ key: { label: 'root-2' } });
    await expect(open(pin, other)).rejects.toThrow(code('ERR_WRONG_ROOT'));
  });

  it('opens by either of two keys of one token', async () => {
    const [one, two] = [tokens.root({}), tokens.root({ key: { label: 'root-2' } })];
    const pin = await init([one, two]);
    await open(pin, two);
    await open(pin, one);
  });

  it('goes on while the token is away, and starts by another root', async () => {
    const [root, other] = [tokens.root({}), productionRoot()];
    const pin = await init([root, other]);
    const running = await open(pin, root);
    const { keyId } = await running.createKey();
    await running.createAlias('alias/kyc', keyId);
    tokens.unplug('tokens');
    try {
      expect(await activeDataKey(running, 'alias/kyc')).toHaveLength(16);
      await expect(open(pin, root)).rejects.toThrow(code('ERR_ROOT_UNAVAILABLE', 'TOKEN_ABSENT'));
      await open(pin, root, other);
    } finally {
      tokens.plugIn();
    }
    await open(pin, root);
  });

  it('loses its token, goes on by another root, and gets a new token', async () => {
    const [lost, other] = [tokens.root({}), productionRoot()];
    const pin = await init([lost, other]);
    const successor = tokens.root({ token: { label: 'successor' } });
    await expect(open(pin, successor)).rejects.toThrow(code('ERR_WRONG_ROOT'));

    const keyring = await open(pin, successor, other);
    const [slot] = keyring.listSlots().filter(({ kind }) => kind === 'pkcs11');
    await rotateRootKey({ keyring, leaveOut: [slot?.id ?? ''] });
    await open(pin, successor);
    await expect(open(pin, lost)).rejects.toThrow(code('ERR_WRONG_ROOT'));
  });
});
