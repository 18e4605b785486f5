import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { ashaManages, fourEyes, REQUIRED, useBy, uses } from './four-eyes.ts';

closeKeyringsAfterEach();

const onTag = { StringEquals: { 'aws:ResourceTag/team': 'kyc' } };
const onAlias = { StringEquals: { 'kms:ResourceAliases': 'alias/open' } };
const tag = (TagKey: string, TagValue: string) => ({ TagKey, TagValue });

describe('a tag that a policy asks for', () => {
  it('is set, changed and taken away by two, and other tags by one', async () => {
    const { kms, keyring, makeKey, approved } = await fourEyes();
    const KeyId = await makeKey(ashaManages(uses('ben', onTag)));
    const set = { KeyId, Tags: [tag('Team', 'kyc')] };
    await expect(kms.tagResource(set)).rejects.toMatchObject(REQUIRED);
    expect(await useBy(keyring, 'ben', KeyId)).toBe('ERR_ACCESS_DENIED');
    await kms.tagResource({ KeyId, Tags: [tag('cost', '7')] });
    await kms.untagResource({ KeyId, TagKeys: ['cost'] });
    await approved('TagResource', set);
    expect(await useBy(keyring, 'ben', KeyId)).toBe('yes');
    // the same again changes nothing
    await kms.tagResource(set);
    const gone = { KeyId, TagKeys: ['Team'] };
    await expect(kms.untagResource(gone)).rejects.toMatchObject(REQUIRED);
    await approved('UntagResource', gone);
    expect(await useBy(keyring, 'ben', KeyId)).toBe('ERR_ACCESS_DENIED');
  });

  it('is one as well where a guardrail or a variable asks for it', async () => {
    const guardrail = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Action: 'fieldseal:Decrypt',
          Resource: '*',
          Condition: { StringEquals: { 'aws:ResourceTag/closed': 'yes' } },
        },
      ],
    } as const;
    const { kms, makeKey } = await fourEyes({ guardrails: [guardrail] });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of policies
    const condition = { StringEquals: { 'kms:ViaService': '${aws:ResourceTag/via}' } };
    const KeyId = await makeKey(ashaManages());
    await expect(kms.tagResource({ KeyId, Tags: [tag('closed', 'no')] })).rejects.toMatchObject(
      REQUIRED,
    );
    await kms.tagResource({ KeyId, Tags: [tag('via', 'x')] });
    const other = await makeKey(ashaManages(uses('ben', condition)));
    const via = kms.tagResource({ KeyId: other, Tags: [tag('via', 'x')] });
    await expect(via).rejects.toMatchObject(REQUIRED);
  });

  it('is assumed where policies of identities decide', async () => {
    const allowAll = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['fieldseal:CreateKey'], Resource: '*' }],
    } as const;
    const { kms, makeKey } = await fourEyes({ identityPolicies: () => [allowAll] });
    const leave = {
      Effect: 'Allow',
      Principal: { IdentityPolicies: '*' },
      Action: 'fieldseal:Decrypt',
      Resource: '*',
    };
    const Tags = [tag('cost', '7')];
    await kms.tagResource({ KeyId: await makeKey(ashaManages()), Tags });
    const left = kms.tagResource({ KeyId: await makeKey(ashaManages(leave)), Tags });
    await expect(left).rejects.toMatchObject(REQUIRED);
  });
});

describe('an alias of a key whose policy asks for aliases', () => {
  it('is made, moved and deleted by two', async () => {
    const { kms, keyring, makeKey, approved } = await fourEyes();
    const asked = await makeKey(ashaManages(uses('ben', onAlias)));
    const plain = await makeKey(ashaManages());
    const AliasName = 'alias/open';
    await kms.createAlias({ AliasName, TargetKeyId: plain });
    const move = { AliasName, TargetKeyId: asked };
    await expect(kms.updateAlias(move)).rejects.toMatchObject(REQUIRED);
    await approved('UpdateAlias', move);
    expect(await useBy(keyring, 'ben', asked)).toBe('yes');
    const away = kms.updateAlias({ AliasName, TargetKeyId: plain });
    await expect(away).rejects.toMatchObject(REQUIRED);
    await expect(kms.deleteAlias({ AliasName })).rejects.toMatchObject(REQUIRED);
    await approved('DeleteAlias', { AliasName });
    expect(await useBy(keyring, 'ben', asked)).toBe('ERR_ACCESS_DENIED');
    await expect(kms.createAlias(move)).rejects.toMatchObject(REQUIRED);
    await approved('CreateAlias', move);
    expect(await useBy(keyring, 'ben', asked)).toBe('yes');
  });

  it('is made by one where nobody asks for any', async () => {
    const { kms, makeKey } = await fourEyes();
    const TargetKeyId = await makeKey(ashaManages(uses('ben', onTag)));
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId });
  });
});
