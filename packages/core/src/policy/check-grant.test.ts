import { expect, it, test } from 'vitest';
import { checkGrant } from './check-grant.ts';
import type { GrantTerms } from './grant.ts';
import { grant } from './policies.fake.ts';

const equals = (pairs: unknown) => ({ constraints: { encryptionContextEquals: pairs } });
const nine = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'v']));

test.each([
  ['no key', { keyId: '' }, 'keyId'],
  ['a pattern of grantees', { granteePrincipal: 'service/*' }, 'granteePrincipal'],
  ['a retiring principal that is none', { retiringPrincipal: '' }, 'retiringPrincipal'],
  ['no operation', { operations: [] }, 'operations'],
  [
    'an operation that no grant can hold',
    { operations: ['Decrypt', 'PutKeyPolicy'] },
    'operations[1]',
  ],
  ['an operation that does not exist', { operations: ['constructor'] }, 'operations[0]'],
  ['an operation twice', { operations: ['Decrypt', 'Decrypt'] }, 'operations[1]'],
  [
    'a constraint on what has no context',
    { operations: ['GenerateMac'], ...equals({ a: '1' }) },
    'operations[0]',
  ],
  ['an empty constraint', { constraints: {} }, 'constraints'],
  [
    'an unknown constraint beside one',
    { constraints: { encryptionContextEquals: { a: '1' }, sourceArn: 'x' } },
    'constraints',
  ],
  ['an unknown constraint', { constraints: { sourceArn: 'x' } }, 'constraints'],
  ['a constraint without a pair', equals({}), 'constraints.encryptionContextEquals'],
  ['more than eight pairs', equals(nine), 'constraints.encryptionContextEquals'],
  ['a value that is no text', equals({ a: 1 }), 'constraints.encryptionContextEquals'],
  [
    'a value that is too long',
    equals({ a: 'x'.repeat(385) }),
    'constraints.encryptionContextEquals',
  ],
  [
    'names that differ by case alone',
    equals({ a: '1', A: '2' }),
    'constraints.encryptionContextEquals',
  ],
  ['a time that is none', { notBefore: 1.5 }, 'notBefore'],
  ['an end before the start', { notBefore: 2, notAfter: 2 }, 'notAfter'],
])('refuses %s', (_, other, option) => {
  expect(() => checkGrant({ ...grant(), ...other } as GrantTerms)).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_INVALID', meta: { option } }),
  );
});

it('accepts a grant with everything in it', () => {
  const terms = grant({
    retiringPrincipal: 'user/a',
    constraints: { encryptionContextSubset: { tenant: 't1' } },
    notBefore: 1,
    notAfter: 2,
  });
  expect(() => checkGrant(terms)).not.toThrow();
});
