import { type CreateKeyRequest, createKeyPolicy } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { keyService, outcome, refusal, START, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

describe('an alias', () => {
  it('names one key until it names another: new values are sealed there, old ones still open', async () => {
    const { kms, keyring, key, clock } = await keyService();
    const [one, two] = [await key(), await key()];
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: one });
    const before = await sealText(keyring, 'alias/kyc', 'x');
    clock.step(1000);
    await kms.updateAlias({ AliasName: 'alias/kyc', TargetKeyId: two });
    const after = await sealText(keyring, 'alias/kyc', 'y');
    expect(after.id).not.toBe(before.id);
    (await lease(keyring, { open: [before.id, after.id] })).release();
    expect(await kms.listAliases()).toEqual({
      Aliases: [
        {
          AliasName: 'alias/kyc',
          TargetKeyId: two,
          CreationDate: START,
          LastUpdatedDate: new Date(START.getTime() + 1000),
        },
      ],
      Truncated: false,
    });
    expect((await kms.listAliases({ KeyId: one })).Aliases).toEqual([]);
  });

  it('is gone when it is deleted, and the key is not', async () => {
    const { kms, key } = await keyService();
    const keyId = await key();
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: keyId });
    await kms.deleteAlias({ AliasName: 'alias/kyc' });
    expect(await outcome(kms.describeKey({ KeyId: 'alias/bad name' }))).toBe('ERR_KEY_NOT_FOUND');
    expect(await outcome(kms.describeKey({ KeyId: 'alias/kyc' }))).toBe('ERR_KEY_NOT_FOUND');
    expect(await outcome(kms.describeKey({ KeyId: keyId }))).toBe('ok');
    expect(await outcome(kms.deleteAlias({ AliasName: 'alias/kyc' }))).toBe('ERR_KEY_NOT_FOUND');
    const update = kms.updateAlias({ AliasName: 'alias/kyc', TargetKeyId: keyId });
    expect(await outcome(update)).toBe('ERR_KEY_NOT_FOUND');
  });

  it('is given once: ERR_ALIAS_EXISTS, and reserved names never: ERR_ALIAS_INVALID', async () => {
    const { kms, key } = await keyService();
    const request = { AliasName: 'alias/kyc', TargetKeyId: await key() };
    await kms.createAlias(request);
    expect(await outcome(kms.createAlias(request))).toBe('ERR_ALIAS_EXISTS');
    for (const AliasName of ['kyc', 'alias/', 'alias/fieldseal/prisma', 'alias/a b']) {
      for (const call of [kms.createAlias, kms.updateAlias]) {
        expect(await outcome(call({ ...request, AliasName }))).toBe('ERR_ALIAS_INVALID');
      }
      expect(await outcome(kms.deleteAlias({ AliasName }))).toBe('ERR_ALIAS_INVALID');
    }
  });

  it('has the characters and the length of AWS: ERR_ALIAS_INVALID for every other', async () => {
    const { kms, key } = await keyService();
    const TargetKeyId = await key();
    const longest = `alias/${'a'.repeat(250)}`;
    for (const AliasName of [longest, 'alias/A-z_0/9', 'alias//', 'alias/-']) {
      expect(await outcome(kms.createAlias({ AliasName, TargetKeyId })), AliasName).toBe('ok');
    }
    const refused = [`${longest}a`, 'alias/a.b', 'alias/a:b', 'alias/ä', 'alias/a\n', 'Alias/a'];
    for (const AliasName of [...refused, '', 1, undefined]) {
      const request = { AliasName: AliasName as string, TargetKeyId };
      expect(await outcome(kms.createAlias(request)), String(AliasName)).toBe('ERR_ALIAS_INVALID');
      expect(await outcome(kms.updateAlias(request)), String(AliasName)).toBe('ERR_ALIAS_INVALID');
    }
  });

  it('moves between keys of one kind and usage only, either way: ERR_REQUEST_INVALID', async () => {
    const { kms, key } = await keyService();
    const symmetric = await key();
    const hmac = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: symmetric });
    await kms.createAlias({ AliasName: 'alias/codes', TargetKeyId: hmac });
    for (const [AliasName, TargetKeyId] of [
      ['alias/kyc', hmac],
      ['alias/codes', symmetric],
    ] as const) {
      const move = kms.updateAlias({ AliasName, TargetKeyId });
      await expect(move).rejects.toThrow(refusal('ERR_REQUEST_INVALID', { option: 'TargetKeyId' }));
    }
    const { Aliases } = await kms.listAliases();
    expect(Aliases.map(({ TargetKeyId }) => TargetKeyId)).toEqual([hmac, symmetric]);
  });

  it('is one of at most 50 of a key: ERR_LIMIT_EXCEEDED', async () => {
    const { kms, key } = await keyService();
    const TargetKeyId = await key();
    for (let i = 0; i < 50; i++) await kms.createAlias({ AliasName: `alias/${i}`, TargetKeyId });
    await expect(kms.createAlias({ AliasName: 'alias/51', TargetKeyId })).rejects.toThrow(
      refusal('ERR_LIMIT_EXCEEDED', { keyId: TargetKeyId }),
    );
    await kms.createAlias({ AliasName: 'alias/51', TargetKeyId: await key() });
    const move = kms.updateAlias({ AliasName: 'alias/51', TargetKeyId });
    expect(await outcome(move)).toBe('ERR_LIMIT_EXCEEDED');
    const { Aliases, NextMarker } = await kms.listAliases({ KeyId: TargetKeyId, Limit: 20 });
    expect([Aliases.length, NextMarker]).toEqual([20, Aliases[19]?.AliasName]);
  });

  it('is not taken where a key itself has to be named', async () => {
    const { kms, key } = await keyService();
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: await key() });
    const KeyId = 'alias/kyc';
    const { Policy } = await kms.getKeyPolicy({ KeyId: await key() });
    const calls = {
      disable: kms.disableKey({ KeyId }),
      enable: kms.enableKey({ KeyId }),
      deletion: kms.scheduleKeyDeletion({ KeyId }),
      cancel: kms.cancelKeyDeletion({ KeyId }),
      description: kms.updateKeyDescription({ KeyId, Description: '' }),
      tag: kms.tagResource({ KeyId, Tags: [] }),
      tags: kms.listResourceTags({ KeyId }),
      rotation: kms.enableKeyRotation({ KeyId }),
      status: kms.getKeyRotationStatus({ KeyId }),
      onDemand: kms.rotateKeyOnDemand({ KeyId }),
      policy: kms.getKeyPolicy({ KeyId }),
      putPolicy: kms.putKeyPolicy({ KeyId, Policy }),
      grants: kms.listGrants({ KeyId }),
      grant: kms.createGrant({ KeyId, GranteePrincipal: 'user/a', Operations: ['Decrypt'] }),
      revoke: kms.revokeKeyVersion({ KeyId, Version: 1 }),
    };
    for (const [name, call] of Object.entries(calls)) {
      await expect(call, name).rejects.toThrow(refusal('ERR_KEY_NOT_FOUND', { option: 'KeyId' }));
    }
    expect(await outcome(kms.encrypt({ KeyId, Plaintext: text('x') }))).toBe('ok');
    expect(await outcome(kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }))).toBe('ok');
  });
});

describe('tags', () => {
  it('are added, changed, removed and listed by name', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const tag = (TagKey: string, TagValue: string) => ({ TagKey, TagValue });
    await kms.tagResource({ KeyId, Tags: [tag('b', '1'), tag('a', '2'), tag('__proto__', '3')] });
    await kms.tagResource({ KeyId, Tags: [tag('b', 'changed')] });
    expect((await kms.listResourceTags({ KeyId })).Tags).toEqual([
      tag('__proto__', '3'),
      tag('a', '2'),
      tag('b', 'changed'),
    ]);
    await kms.untagResource({ KeyId, TagKeys: ['a', 'unknown'] });
    const page = await kms.listResourceTags({ KeyId, Limit: 1 });
    expect(page).toEqual({
      Tags: [tag('__proto__', '3')],
      Truncated: true,
      NextMarker: expect.any(String),
    });
    await kms.untagResource({ KeyId, TagKeys: ['__proto__'] });
    const Marker = page.NextMarker as string;
    const rest = { Tags: [tag('b', 'changed')], Truncated: false };
    expect(await kms.listResourceTags({ KeyId, Marker })).toEqual(rest);
    const elsewhere = kms.listResourceTags({ KeyId: await key(), Marker });
    expect(await outcome(elsewhere)).toBe('ERR_MARKER_INVALID');
  });

  it('of a new key take the right to tag, by identity policies alone', async () => {
    const { another } = await keyService();
    const identity = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['fieldseal:CreateKey', 'fieldseal:ListKeys'], Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'fieldseal:TagResource',
          Resource: 'key/*',
          Condition: {
            StringEquals: { 'aws:RequestTag/team': 'kyc', 'kms:KeySpec': 'SYMMETRIC_DEFAULT' },
          },
        },
      ],
    });
    const { kms } = await another({ access: { identityPolicies: () => [identity] } });
    const make = (TagValue: string, more: CreateKeyRequest = {}) =>
      kms.createKey({ ...more, Tags: [{ TagKey: 'team', TagValue }] });
    expect(await outcome(make('kyc'))).toBe('ok');
    const { Keys } = await kms.listKeys();
    const denied = refusal('ERR_ACCESS_DENIED', { operation: 'TagResource' });
    await expect(make('sales')).rejects.toThrow(denied);
    // a policy that the caller wrote itself gives it no right to tags
    const Policy = policyFor({ admin: 'service/development' });
    await expect(make('sales', { Policy })).rejects.toThrow(denied);
    const hmac = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
    await expect(make('kyc', hmac)).rejects.toThrow(denied);
    expect((await kms.listKeys()).Keys).toEqual(Keys);
    expect(await outcome(kms.createKey({ ...hmac, Tags: [] }))).toBe('ok');
  });

  it('of a new key are denied by a guard-rail, where identities have no policies', async () => {
    const { another } = await keyService();
    const guardrail = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 'fieldseal:TagResource', Resource: '*' }],
    });
    const { kms } = await another({ access: { guardrails: [guardrail] } });
    const Tags = [{ TagKey: 'team', TagValue: 'kyc' }];
    await expect(kms.createKey({ Tags })).rejects.toThrow(
      refusal('ERR_ACCESS_DENIED', { operation: 'TagResource' }),
    );
    expect(await outcome(kms.createKey())).toBe('ok');
  });

  it('of a key that leaves it to identities are nobody’s, where these have no policies', async () => {
    const { kms, key } = await keyService();
    const Tags = [{ TagKey: 'team', TagValue: 'kyc' }];
    const Policy = JSON.stringify(createKeyPolicy({ identityPolicies: true }));
    const KeyId = await key({ Policy, BypassPolicyLockoutSafetyCheck: true, Tags });
    expect(await outcome(kms.tagResource({ KeyId, Tags }))).toBe('ERR_ACCESS_DENIED');
  });

  it('have letters of any script, digits, spaces and _ . : / = + - @', async () => {
    const { kms, key } = await keyService();
    const Tags = [
      { TagKey: 'Équipe 7_.:/=+-@', TagValue: '支払い Оплата' },
      { TagKey: 'empty', TagValue: '' },
    ];
    const KeyId = await key({ Tags });
    const listed = (await kms.listResourceTags({ KeyId })).Tags;
    expect(listed).toEqual(expect.arrayContaining(Tags));
  });

  it('are at most 50 of a key, all or none: ERR_LIMIT_EXCEEDED', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const tags = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({ TagKey: `t${from + i}`, TagValue: '' }));
    await kms.tagResource({ KeyId, Tags: tags(0, 49) });
    expect(await outcome(kms.tagResource({ KeyId, Tags: tags(49, 51) }))).toBe(
      'ERR_LIMIT_EXCEEDED',
    );
    expect((await kms.listResourceTags({ KeyId })).Tags).toHaveLength(49);
    await kms.tagResource({ KeyId, Tags: tags(40, 50) });
    expect(await outcome(kms.createKey({ Tags: tags(0, 51) }))).toBe('ERR_LIMIT_EXCEEDED');
  });

  it.each([
    [[{ TagKey: '', TagValue: '' }]],
    [[{ TagKey: 'a'.repeat(129), TagValue: '' }]],
    [[{ TagKey: 'a', TagValue: 'v'.repeat(257) }]],
    [[{ TagKey: 'a', TagValue: 1 }]],
    [[{ TagKey: 'a', TagValue: '\ud800' }]],
    [[{ TagKey: 'a', TagValue: '', Extra: '' }]],
    [[null]],
    ['a'],
  ])('are not %j: ERR_REQUEST_INVALID', async (Tags) => {
    const { kms, key } = await keyService();
    const request = { KeyId: await key(), Tags: Tags as never };
    expect(await outcome(kms.tagResource(request))).toBe('ERR_REQUEST_INVALID');
  });
});
