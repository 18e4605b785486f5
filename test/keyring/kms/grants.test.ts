import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { DAY_MS, keyService, outcome, refusal, START, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

const ADMIN = 'service/development';
const ASHA = 'user/asha';

async function strictKey(allow: Record<string, readonly string[]> = {}) {
  const service = await keyService();
  const KeyId = await service.key({ Policy: policyFor({ admin: ADMIN, allow }) });
  const { kms, keyring } = service;
  const decrypts = { KeyId, GranteePrincipal: ASHA, Operations: ['Decrypt'] } as const;
  const as = (who: string, work: () => Promise<unknown>) => outcome(keyring.as(who, work));
  return { ...service, KeyId, decrypts, kms, as };
}

describe('createGrant', () => {
  it('lets one principal do some things with one key, and gives id and token', async () => {
    const { kms, KeyId, decrypts, as, key } = await strictKey();
    const EncryptionContext = { tenant: 'a' };
    const Plaintext = text('x');
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext });
    const decrypt = () => kms.decrypt({ CiphertextBlob, EncryptionContext });
    expect(await as(ASHA, decrypt)).toBe('ERR_ACCESS_DENIED');
    const made = await kms.createGrant(decrypts);
    expect(made).toEqual({ GrantId: expect.any(String), GrantToken: expect.any(String) });
    expect(await as(ASHA, decrypt)).toBe('ok');
    expect(await as('user/ben', decrypt)).toBe('ERR_ACCESS_DENIED');
    expect(await as(ASHA, () => kms.encrypt({ KeyId, Plaintext }))).toBe('ERR_ACCESS_DENIED');
    const other = await key({ Policy: policyFor({ admin: ADMIN }) });
    const elsewhere = await kms.encrypt({ KeyId: other, Plaintext });
    const { CiphertextBlob: blob } = elsewhere;
    expect(await as(ASHA, () => kms.decrypt({ CiphertextBlob: blob }))).toBe('ERR_ACCESS_DENIED');
  });

  it('takes no operation that keys of this usage do not have', async () => {
    const { kms, key } = await strictKey();
    const encrypts = await key();
    const mac = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const give = (KeyId: string, Operations: readonly ['Decrypt' | 'VerifyMac' | 'GenerateMac']) =>
      outcome(kms.createGrant({ KeyId, GranteePrincipal: ASHA, Operations }));
    expect(await give(mac, ['Decrypt'])).toBe('ERR_REQUEST_INVALID');
    expect(await give(encrypts, ['VerifyMac'])).toBe('ERR_REQUEST_INVALID');
    expect(await give(mac, ['VerifyMac'])).toBe('ok');
    // tokens of lookups are codes under keys that encrypt
    expect(await give(encrypts, ['GenerateMac'])).toBe('ok');
  });

  it.each([
    ['EncryptionContextEquals', { a: '1' }, 'ok'],
    ['EncryptionContextEquals', { a: '1', b: '2' }, 'ERR_ACCESS_DENIED'],
    ['EncryptionContextSubset', { a: '1', b: '2' }, 'ok'],
    ['EncryptionContextSubset', { b: '2' }, 'ERR_ACCESS_DENIED'],
  ] as const)(
    'with %s of a=1 and a context of %j: %s',
    async (name, EncryptionContext, expected) => {
      const { kms, KeyId, decrypts, as } = await strictKey();
      await kms.createGrant({ ...decrypts, Constraints: { [name]: { a: '1' } } });
      const made = await kms.encrypt({ KeyId, Plaintext: text('x'), EncryptionContext });
      const { CiphertextBlob } = made;
      expect(await as(ASHA, () => kms.decrypt({ CiphertextBlob, EncryptionContext }))).toBe(
        expected,
      );
    },
  );

  it('with the same name and terms gives the same grant, in whatever order they are written', async () => {
    const { kms, decrypts } = await strictKey();
    const request = (Constraints: object) => ({ ...decrypts, Name: 'nightly', Constraints });
    const first = await kms.createGrant(request({ EncryptionContextEquals: { a: '1', b: '2' } }));
    const same = await kms.createGrant(request({ EncryptionContextEquals: { b: '2', a: '1' } }));
    expect(same.GrantId).toBe(first.GrantId);
    const other = await kms.createGrant(request({ EncryptionContextEquals: { a: '1' } }));
    expect(other.GrantId).not.toBe(first.GrantId);
    const unnamed = await kms.createGrant(decrypts);
    expect((await kms.createGrant(decrypts)).GrantId).not.toBe(unnamed.GrantId);
  });

  it('with the same name and operations in another order, or twice, gives the same grant', async () => {
    const { kms, KeyId, decrypts } = await strictKey();
    const give = (...Operations: readonly ('Decrypt' | 'DescribeKey')[]) =>
      kms.createGrant({ ...decrypts, Name: 'nightly', Operations });
    const { GrantId } = await give('Decrypt', 'DescribeKey');
    for (const again of [
      await give('DescribeKey', 'Decrypt'),
      await give('Decrypt', 'DescribeKey', 'Decrypt'),
    ]) {
      expect(again.GrantId).toBe(GrantId);
    }
    expect((await give('Decrypt')).GrantId).not.toBe(GrantId);
    const { Grants } = await kms.listGrants({ KeyId, GrantId });
    expect(Grants[0]?.Operations).toEqual(['Decrypt', 'DescribeKey']);
  });

  it('gives a token of its own each time, and all of them name the grant', async () => {
    const { kms, KeyId, decrypts, as } = await strictKey();
    const request = { ...decrypts, Name: 'nightly', Operations: ['Encrypt'] } as const;
    const tokens: string[] = [];
    for (let i = 0; i < 3; i++) tokens.push((await kms.createGrant(request)).GrantToken);
    expect(new Set(tokens).size).toBe(3);
    const encrypt = (GrantTokens: readonly string[]) =>
      as(ASHA, () => kms.encrypt({ KeyId, Plaintext: text('x'), GrantTokens }));
    expect(await encrypt(tokens)).toBe('ok');
    const [first = '', , last = ''] = tokens;
    const { GrantId } = await kms.createGrant(request);
    const refused = [GrantId, first.slice(2), `${first}00`, first.toUpperCase(), 'x'.repeat(64)];
    for (const token of refused) {
      expect(await encrypt([token]), token).toBe('ERR_GRANT_TOKEN_INVALID');
    }
    await kms.retireGrant({ GrantToken: last });
    expect((await kms.listGrants({ KeyId })).Grants).toEqual([]);
    expect(await encrypt([first])).toBe('ERR_GRANT_TOKEN_INVALID');
  });

  it.each<[object, string]>([
    [{ GranteePrincipal: '*' }, 'granteePrincipal'],
    [{ GranteePrincipal: undefined }, 'granteePrincipal'],
    [{ RetiringPrincipal: 'a b' }, 'retiringPrincipal'],
    [{ Operations: [] }, 'operations'],
    [{ Operations: 'Decrypt' }, 'operations'],
    [{ Operations: ['PutKeyPolicy'] }, 'operations[0]'],
    [{ Operations: ['Everything'] }, 'operations[0]'],
    [{ Constraints: { Other: {} } }, 'Other'],
    [{ Constraints: {} }, 'constraints'],
    [{ Constraints: { EncryptionContextEquals: {} } }, 'constraints.encryptionContextEquals'],
    [{ Name: '' }, 'Name'],
    [{ NotAfter: new Date(Number.NaN) }, 'NotAfter'],
    [{ NotBefore: '2026-01-01' }, 'NotBefore'],
    [{ NotBefore: new Date(2), NotAfter: new Date(1) }, 'notAfter'],
    [{ NotAfter: START }, 'NotAfter'],
  ])('is refused with %j: ERR_REQUEST_INVALID', async (changes, option) => {
    const { kms, decrypts } = await strictKey();
    const call = kms.createGrant({ ...decrypts, ...changes } as typeof decrypts);
    await expect(call).rejects.toThrow(refusal('ERR_REQUEST_INVALID', { option }));
    const { Grants } = await kms.listGrants({ KeyId: decrypts.KeyId });
    expect(Grants).toEqual([]);
  });

  it('dry, makes nothing', async () => {
    const { kms, decrypts } = await strictKey();
    const call = kms.createGrant({ ...decrypts, DryRun: true });
    await expect(call).rejects.toThrow(refusal('ERR_DRY_RUN'));
    expect((await kms.listGrants({ KeyId: decrypts.KeyId })).Grants).toEqual([]);
  });
});

describe('a grant of CreateGrant', () => {
  it('gives on what it has itself, and nothing more', async () => {
    const { kms, KeyId, decrypts, as } = await strictKey();
    await kms.createGrant({
      ...decrypts,
      Operations: ['CreateGrant', 'Decrypt'],
      NotAfter: new Date(START.getTime() + DAY_MS),
    });
    const give = (changes: object) =>
      as(ASHA, () =>
        kms.createGrant({
          KeyId,
          GranteePrincipal: 'user/ben',
          Operations: ['Decrypt'],
          NotAfter: new Date(START.getTime() + DAY_MS),
          ...changes,
        }),
      );
    expect(await give({})).toBe('ok');
    expect(await give({ Operations: ['Encrypt'] })).toBe('ERR_ACCESS_DENIED');
    expect(await give({ Operations: ['Decrypt', 'DescribeKey'] })).toBe('ERR_ACCESS_DENIED');
    expect(await give({ NotAfter: undefined })).toBe('ERR_ACCESS_DENIED');
  });

  it('takes along what was given on when it is revoked', async () => {
    const { kms, KeyId, decrypts, keyring } = await strictKey();
    const request = { ...decrypts, Operations: ['CreateGrant', 'Decrypt'] } as const;
    const { GrantId } = await kms.createGrant(request);
    const onward = { KeyId, GranteePrincipal: 'user/ben', Operations: ['Decrypt'] } as const;
    await keyring.as(ASHA, () => kms.createGrant(onward));
    expect((await kms.listGrants({ KeyId })).Grants).toHaveLength(2);
    await kms.revokeGrant({ KeyId, GrantId });
    expect((await kms.listGrants({ KeyId })).Grants).toEqual([]);
  });
});

describe('listGrants', () => {
  it('gives the entries of AWS, by grantee and by id, in pages', async () => {
    const { kms, KeyId, decrypts, clock } = await strictKey();
    const NotAfter = new Date(START.getTime() + DAY_MS);
    const Constraints = { EncryptionContextSubset: { tenant: 'a' } };
    const details = { RetiringPrincipal: 'user/ben', Name: 'support', NotAfter, Constraints };
    const { GrantId } = await kms.createGrant({ ...decrypts, ...details });
    clock.step(1);
    await kms.createGrant({ ...decrypts, GranteePrincipal: 'user/ben' });
    const { Grants } = await kms.listGrants({ KeyId, GranteePrincipal: ASHA });
    expect(Grants).toEqual([
      {
        KeyId,
        GrantId,
        CreationDate: START,
        GranteePrincipal: ASHA,
        IssuingPrincipal: ADMIN,
        Operations: ['Decrypt'],
        ...details,
      },
    ]);
    expect((await kms.listGrants({ KeyId, GrantId })).Grants).toEqual(Grants);
    const page = await kms.listGrants({ KeyId, Limit: 1 });
    expect(page).toMatchObject({ Grants, Truncated: true });
    const next = await kms.listGrants({ KeyId, Limit: 1, Marker: page.NextMarker as string });
    expect(next).toMatchObject({ Grants: [{ GranteePrincipal: 'user/ben' }], Truncated: false });
  });
});

describe('a grant ends', () => {
  it('by its retiring principal, by id or token, and by nobody else without the right', async () => {
    const { kms, KeyId, decrypts, as } = await strictKey();
    const request = { ...decrypts, RetiringPrincipal: 'user/ben' };
    const one = await kms.createGrant(request);
    const two = await kms.createGrant(request);
    const byId = () => kms.retireGrant({ KeyId, GrantId: one.GrantId });
    const byToken = () => kms.retireGrant({ GrantToken: two.GrantToken });
    expect(await as('user/carl', byId)).toBe('ERR_ACCESS_DENIED');
    expect(await as(ASHA, byToken)).toBe('ERR_ACCESS_DENIED');
    const revoke = () => kms.revokeGrant({ KeyId, GrantId: one.GrantId });
    expect(await as('user/ben', revoke)).toBe('ERR_ACCESS_DENIED');
    expect(await as('user/ben', byId)).toBe('ok');
    expect(await as('user/ben', byToken)).toBe('ok');
    expect((await kms.listGrants({ KeyId })).Grants).toEqual([]);
  });

  it('takes a token that is undefined for none, as all parameters', async () => {
    const { kms, KeyId, decrypts } = await strictKey();
    const { GrantId } = await kms.createGrant(decrypts);
    const request = { KeyId, GrantId, GrantToken: undefined };
    expect(await outcome(kms.retireGrant(request as never))).toBe('ok');
    expect((await kms.listGrants({ KeyId })).Grants).toEqual([]);
  });

  it('not when it is not there: ERR_GRANT_NOT_FOUND; and not dry', async () => {
    const { kms, KeyId, decrypts } = await strictKey();
    const { GrantId, GrantToken } = await kms.createGrant(decrypts);
    const DryRun = true;
    for (const call of [
      kms.revokeGrant({ KeyId, GrantId, DryRun }),
      kms.retireGrant({ KeyId, GrantId, DryRun }),
      kms.retireGrant({ GrantToken, DryRun }),
    ]) {
      expect(await outcome(call)).toBe('ERR_DRY_RUN');
    }
    await kms.revokeGrant({ KeyId, GrantId });
    expect(await outcome(kms.revokeGrant({ KeyId, GrantId }))).toBe('ERR_GRANT_NOT_FOUND');
    expect(await outcome(kms.retireGrant({ KeyId, GrantId }))).toBe('ERR_GRANT_NOT_FOUND');
    const token = kms.retireGrant({ GrantToken });
    await expect(token).rejects.toThrow(
      refusal('ERR_GRANT_TOKEN_INVALID', { option: 'GrantToken' }),
    );
  });
});
