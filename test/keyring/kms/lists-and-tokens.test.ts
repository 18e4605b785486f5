import { expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { keyService, outcome, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

const ADMIN = 'service/development';
const ASHA = 'user/asha';

it('goes on after an item that is gone meanwhile', async () => {
  const { kms, key } = await keyService();
  const TargetKeyId = await key();
  for (const name of ['a', 'b', 'c']) {
    await kms.createAlias({ AliasName: `alias/${name}`, TargetKeyId });
  }
  const { NextMarker } = await kms.listAliases({ Limit: 2 });
  await kms.deleteAlias({ AliasName: 'alias/b' });
  const rest = await kms.listAliases({ Marker: NextMarker as string });
  expect(rest.Aliases.map(({ AliasName }) => AliasName)).toEqual(['alias/c']);
});

it('does not list a key that only the service itself uses', async () => {
  const { keyring, key, insider, another } = await keyService();
  const KeyId = await key();
  const inside = await insider();
  const [row] = await inside.rows('key');
  await inside.put(inside.secrets.sealRow('key', { ...row?.columns, owner: 'OWNED' } as never));
  await keyring.close();
  const other = await another();
  expect((await other.kms.listKeys()).Keys).not.toContainEqual({ KeyId });
  expect(other.listKeys().map(({ keyId }) => keyId)).not.toContain(KeyId);
});

it('heeds the token of a grant that another process made just now', async () => {
  const { kms, key, another } = await keyService();
  const KeyId = await key({ Policy: policyFor({ admin: ADMIN, allow: {} }) });
  const other = await another();
  const Operations = ['Encrypt'] as const;
  const { GrantToken } = await kms.createGrant({ KeyId, GranteePrincipal: ASHA, Operations });
  const encrypt = () =>
    other.kms.encrypt({ KeyId, Plaintext: text('x'), GrantTokens: [GrantToken] });
  expect(await outcome(other.as(ASHA, encrypt))).toBe('ok');
});

it('lists what a principal may retire, of all keys', async () => {
  const { kms, key } = await keyService();
  const ids: string[] = [];
  for (const RetiringPrincipal of [ASHA, ASHA, 'user/ben']) {
    const grant = { GranteePrincipal: 'user/carol', Operations: ['Decrypt'], RetiringPrincipal };
    ids.push((await kms.createGrant({ KeyId: await key(), ...grant } as never)).GrantId);
  }
  const { Grants } = await kms.listRetirableGrants({ RetiringPrincipal: ASHA });
  expect(Grants.map(({ GrantId }) => GrantId).toSorted()).toEqual(ids.slice(0, 2).toSorted());
});

it('moves an alias between keys for codes of any length, and to no key of the service', async () => {
  const { kms, key } = await keyService();
  const mac = (KeySpec: 'HMAC_256' | 'HMAC_512') =>
    key({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' });
  const AliasName = 'alias/codes';
  await kms.createAlias({ AliasName, TargetKeyId: await mac('HMAC_256') });
  const move = kms.updateAlias({ AliasName, TargetKeyId: await mac('HMAC_512') });
  expect(await outcome(move)).toBe('ok');
  const aws = kms.createAlias({ AliasName: 'alias/aws/s3', TargetKeyId: await key() });
  expect(await outcome(aws)).toBe('ERR_ALIAS_INVALID');
});
