import { expect, it } from 'vitest';
import { decideAccess } from './decide-access.ts';
import { allow, DELEGATE, deny, identity, KEY, policy, request } from './policies.fake.ts';

it('names the statement that decides, by its Sid or its position', () => {
  const keyPolicy = policy([allow({ Action: 'kms:Encrypt' }), deny({ Sid: 'No', Action: '*' })]);
  expect(decideAccess({ keyPolicy }, request())).toEqual({
    allowed: false,
    reason: 'explicit-deny',
    source: { type: 'key-policy' },
    statement: 'No',
  });
  const delegated = decideAccess(
    {
      keyPolicy: policy([allow({ Action: 'kms:Encrypt' }), DELEGATE]),
      identityPolicies: identity(allow()),
    },
    request(),
  );
  expect(delegated).toEqual({
    allowed: true,
    reason: 'allow',
    source: { type: 'identity-policy' },
    statement: 0,
    delegatedBy: 1,
  });
});

it('names no source where nothing decided', () => {
  expect(decideAccess({}, request())).toEqual({ allowed: false, reason: 'implicit-deny' });
});

it('refuses to read a policy as one of another kind', () => {
  const [identityPolicy] = identity(allow());
  const swapped = () => decideAccess({ keyPolicy: identityPolicy! }, request());
  expect(swapped).toThrow(expect.objectContaining({ code: 'ERR_INTERNAL' }));
});

it('takes names of prototypes for names', () => {
  const Condition = {
    StringEquals: { 'kms:EncryptionContext:__proto__': 'x', 'aws:PrincipalTag/constructor': 'y' },
  };
  const keyPolicy = policy([allow({ Condition })]);
  expect(decideAccess({ keyPolicy }, request({ encryptionContext: {} })).allowed).toBe(false);
  const asked = request({
    principal: {
      id: 'service/api',
      tags: { constructor: 'y' } as unknown as Record<string, string>,
    },
    encryptionContext: JSON.parse('{"__proto__":"x"}'),
  });
  expect(decideAccess({ keyPolicy }, asked).allowed).toBe(true);
  const inherited = request({ resource: { ...KEY, tags: Object.create({ Team: 'a' }) } });
  const onTag = policy([allow({ Condition: { StringEquals: { 'aws:ResourceTag/Team': 'a' } } })]);
  expect(decideAccess({ keyPolicy: onTag }, inherited).allowed).toBe(false);
});
