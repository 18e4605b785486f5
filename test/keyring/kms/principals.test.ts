import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { keyService, outcome, refusal, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';
import { unnamedService } from './unnamed-service.ts';

closeKeyringsAfterEach();

/** A key that only asha may use, and a question that says who asks. */
async function ashasKey() {
  const service = await keyService();
  const allow = { 'user/asha': ['Encrypt', 'Decrypt', 'DescribeKey'] };
  const KeyId = await service.key({
    Policy: policyFor({ admin: 'user/root', allow }),
    BypassPolicyLockoutSafetyCheck: true,
  });
  const { kms, keyring } = service;
  const may = () => outcome(kms.encrypt({ KeyId, Plaintext: text('x') }));
  return { ...service, keyring, KeyId, may };
}

describe('keyring.as', () => {
  it('says who asks, for everything that is called inside, however deep', async () => {
    const { keyring, may } = await ashasKey();
    expect(await keyring.as('user/asha', may)).toBe('ok');
    expect(await keyring.as('user/ben', may)).toBe('ERR_ACCESS_DENIED');
    const later = keyring.as('user/asha', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return may();
    });
    expect(await later).toBe('ok');
  });

  it('nests: the innermost holds, and the outer one again after it', async () => {
    const { keyring, may } = await ashasKey();
    const seen = await keyring.as('user/ben', async () => [
      await may(),
      await keyring.as('user/asha', may),
      await may(),
    ]);
    expect(seen).toEqual(['ERR_ACCESS_DENIED', 'ok', 'ERR_ACCESS_DENIED']);
  });

  it('does not leak to calls beside it', async () => {
    const { keyring, may } = await ashasKey();
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, i) => keyring.as(i % 2 ? 'user/asha' : 'user/ben', may)),
    );
    expect(seen).toEqual(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? 'ok' : 'ERR_ACCESS_DENIED')),
    );
    const inside = keyring.as('user/asha', () => new Promise((resolve) => setTimeout(resolve, 5)));
    expect(await may()).toBe('ERR_ACCESS_DENIED');
    await inside;
    expect(await may()).toBe('ERR_ACCESS_DENIED');
  });

  it('awaits what starts late, such as a query of Prisma, inside', async () => {
    const { keyring, may } = await ashasKey();
    let started = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: it is a thenable that is meant
      then(resolve: (value: string) => void, reject: (error: unknown) => void) {
        started += 1;
        may().then(resolve, reject);
      },
    };
    const answer = await keyring.as('user/asha', () => query as PromiseLike<string>);
    expect([answer, started]).toEqual(['ok', 1]);
  });

  it('passes results and errors on', async () => {
    const { keyring } = await keyService();
    expect(await keyring.as('user/asha', () => 7)).toBe(7);
    const error = new RangeError('mine');
    const fail = () => {
      throw error;
    };
    await expect(keyring.as('user/asha', fail)).rejects.toBe(error);
  });

  it.each(['', 'a b', 'a'.repeat(257), 'user/é', '*', 'a\n', 7])(
    'refuses %j as a name: ERR_CONFIG_INVALID',
    async (name) => {
      const { keyring } = await keyService();
      let ran = false;
      const work = () => {
        ran = true;
      };
      await expect(keyring.as(name as string, work)).rejects.toThrow(
        refusal('ERR_CONFIG_INVALID', { option: 'principal' }),
      );
      expect(ran).toBe(false);
    },
  );

  it('of one keyring says nothing to another', async () => {
    const one = await unnamedService();
    const two = await unnamedService();
    const call = one.keyring.as('user/asha', () => outcome(two.kms.listKeys()));
    expect(await call).toBe('ERR_PRINCIPAL_REQUIRED');
  });
});

describe('a keyring', () => {
  it('can have a principal of its own, which asks outside of every as', async () => {
    const { another, KeyId } = await ashasKey();
    const keyring = await another({ principal: 'user/asha' });
    const may = () => outcome(keyring.kms.encrypt({ KeyId, Plaintext: text('x') }));
    expect(await may()).toBe('ok');
    expect(await keyring.as('user/ben', may)).toBe('ERR_ACCESS_DENIED');
  });

  it('refuses a malformed one: ERR_CONFIG_INVALID', async () => {
    const { another } = await keyService();
    await expect(another({ principal: 'a b' })).rejects.toThrow(
      refusal('ERR_CONFIG_INVALID', { option: 'principal' }),
    );
  });

  it.each(['service/fieldseal', 'fieldseal'])(
    'takes the name %s of what Fieldseal does by itself from nobody',
    async (name) => {
      const { keyring, another } = await keyService();
      const invalid = refusal('ERR_CONFIG_INVALID', { option: 'principal' });
      await expect(another({ principal: name })).rejects.toThrow(invalid);
      for (const given of [name, { id: name, tags: { team: 'kyc' } }]) {
        await expect(keyring.as(given, () => 1)).rejects.toThrow(invalid);
      }
    },
  );
});
