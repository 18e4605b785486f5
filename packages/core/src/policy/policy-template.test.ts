import { expect, it, test } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { decideAccess } from './decide-access.ts';
import { request } from './policies.fake.ts';
import { POLICY_ACTION_NAMES, POLICY_ACTIONS } from './policy-action.ts';
import { POLICY_ROLES, type PolicyRole } from './policy-role.ts';
import { createIdentityPolicy, createKeyPolicy } from './policy-template.ts';

const ROLES = Object.keys(POLICY_ROLES) as PolicyRole[];
const usesKeys = (role: PolicyRole) =>
  POLICY_ROLES[role].filter((action) => POLICY_ACTIONS[action].crypto);

/** What a principal with a role may do on a key. */
function mayDo(role: PolicyRole) {
  const document = createKeyPolicy({ [role]: 'service/api' });
  const keyPolicy = compilePolicy(JSON.stringify(document), { kind: 'key-policy' });
  return POLICY_ACTION_NAMES.filter(
    (action) => decideAccess({ keyPolicy }, request({ action })).allowed,
  );
}

test.each(ROLES)('%s may do on a key what its list says and nothing else', (role) => {
  const onKeys = POLICY_ROLES[role].filter((action) => POLICY_ACTIONS[action].on.includes('key'));
  expect(mayDo(role).sort()).toEqual([...onKeys].sort());
});

it('keeps administrators, rotators and auditors away from key material', () => {
  for (const role of ['administrator', 'rotator', 'auditor'] as const)
    expect(usesKeys(role)).toEqual([]);
});

it('keeps reading from those who encrypt only, and writing from those who decrypt only', () => {
  expect(mayDo('encryptOnly')).not.toEqual(expect.arrayContaining(['Decrypt']));
  expect(mayDo('encryptOnly')).not.toEqual(expect.arrayContaining(['ReEncryptFrom']));
  expect(mayDo('decryptOnly')).not.toEqual(expect.arrayContaining(['Encrypt']));
  expect(usesKeys('reEncryptor')).toEqual(['ReEncryptFrom', 'ReEncryptTo']);
});

it('gives auditors everything that only reads', () => {
  const reading = POLICY_ACTION_NAMES.filter((action) => POLICY_ACTIONS[action].readOnly);
  expect([...POLICY_ROLES.auditor].sort()).toEqual([...reading].sort());
});

it('has every action in some role', () => {
  const given = new Set(ROLES.flatMap((role) => POLICY_ROLES[role]));
  expect(POLICY_ACTION_NAMES.filter((action) => !given.has(action))).toEqual([]);
});

it('lists actions one by one and passes the rules of production', () => {
  const names = Object.fromEntries(ROLES.map((role) => [role, ['user/a', 'user/b*']]));
  const document = createKeyPolicy({ ...names, identityPolicies: true });
  expect(() => compilePolicy(document, { kind: 'key-policy' })).not.toThrow();
  const identityPolicy = createIdentityPolicy(ROLES);
  expect(() => compilePolicy(identityPolicy, { kind: 'identity-policy' })).not.toThrow();
  expect(JSON.stringify([document, identityPolicy])).not.toMatch(/fieldseal:\w*[*?]/);
});

it('lets an identity policy create keys, and use them where the key says so', () => {
  const identityPolicies = [
    compilePolicy(createIdentityPolicy(['administrator', 'user']), { kind: 'identity-policy' }),
  ];
  const keyPolicy = compilePolicy(createKeyPolicy({ identityPolicies: true }), {
    kind: 'key-policy',
  });
  const creates = request({ action: 'CreateKey', resource: { type: 'store' } });
  expect(decideAccess({ identityPolicies }, creates).allowed).toBe(true);
  expect(decideAccess({ identityPolicies }, request()).allowed).toBe(false);
  expect(decideAccess({ identityPolicies, keyPolicy }, request()).allowed).toBe(true);
});

test.each([
  ['no role', () => createKeyPolicy({})],
  ['a role that does not exist', () => createKeyPolicy({ root: 'x' } as never)],
  ['a name of every object', () => createIdentityPolicy('constructor' as PolicyRole)],
  ['an empty list of roles', () => createIdentityPolicy([])],
])('refuses %s', (_, create) => {
  expect(create).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }));
});
