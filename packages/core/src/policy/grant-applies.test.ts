import { expect, test } from 'vitest';
import type { AccessRequest } from './access-request.ts';
import { decideAccess } from './decide-access.ts';
import type { Grant } from './grant.ts';
import { grant, KEY, NOW, request } from './policies.fake.ts';

const equals = (pairs: Record<string, string>) => ({
  constraints: { encryptionContextEquals: pairs },
});
const subset = (pairs: Record<string, string>) => ({
  constraints: { encryptionContextSubset: pairs },
});
const context = (pairs: Record<string, string>) => ({ encryptionContext: pairs });
const GIVER = { operations: ['Decrypt', 'CreateGrant'] } as const;
const creates = (newGrant: Partial<Grant>): Partial<AccessRequest> => ({
  action: 'CreateGrant',
  newGrant: { ...grant({ operations: ['Decrypt'] }), granteePrincipal: 'x', ...newGrant },
});
const retires = (id: string, grantId = 'g1'): Partial<AccessRequest> => ({
  action: 'RetireGrant',
  principal: { id },
  grantId,
});

const CASES: readonly (readonly [
  rule: string,
  given: Partial<Grant>,
  asked: Partial<AccessRequest>,
  allowed: boolean,
])[] = [
  // "A grant allows one grantee to use one key for some operations"
  ['an operation of the grant', {}, {}, true],
  ['another operation', {}, { action: 'Encrypt' }, false],
  ['another principal', {}, { principal: { id: 'service/other' } }, false],
  ['another key', {}, { resource: { ...KEY, id: 'k2' } }, false],
  ['a star in the name of a grantee is no wildcard', { granteePrincipal: '*' }, {}, false],
  [
    'an operation that no grant can hold',
    { operations: ['PutKeyPolicy'] },
    { action: 'PutKeyPolicy' },
    false,
  ],
  // "RetireGrant / RevokeGrant: the permissions end"
  ['a retired grant', { retired: true }, {}, false],
  // ours: a time
  ['before its time', { notBefore: NOW + 1 }, {}, false],
  ['at its first moment', { notBefore: NOW }, {}, true],
  ['before its end', { notAfter: NOW + 1 }, {}, true],
  ['at its end', { notAfter: NOW }, {}, false],
  ['a clock that tells no time', { notAfter: NOW }, { now: Number.NaN }, false],
  ['a clock that tells no time, and no end', {}, { now: Number.NaN }, false],
  // "EncryptionContextEquals: the same pairs, no more, no less"
  ['equal contexts', equals({ a: '1', b: '2' }), context({ b: '2', a: '1' }), true],
  ['a context with more', equals({ a: '1' }), context({ a: '1', b: '2' }), false],
  ['a context with less', equals({ a: '1', b: '2' }), context({ a: '1' }), false],
  ['another value', equals({ a: '1' }), context({ a: '2' }), false],
  ['no context', equals({ a: '1' }), {}, false],
  // "EncryptionContextSubset: these pairs, perhaps others"
  ['a subset that is all', subset({ a: '1' }), context({ a: '1' }), true],
  ['a subset with others', subset({ a: '1' }), context({ a: '1', b: '2' }), true],
  ['a subset with a missing pair', subset({ a: '1', b: '2' }), context({ a: '1' }), false],
  ['a subset with another value', subset({ a: '1' }), context({ a: '2', b: '1' }), false],
  // "The key in each pair is not case sensitive, but the value is"
  ['letter case of a name', subset({ a: 'x' }), context({ A: 'x' }), true],
  ['letter case of a value', subset({ a: 'x' }), context({ a: 'X' }), false],
  ['two names that differ by case alone', subset({ a: 'x' }), context({ a: 'x', A: 'y' }), false],
  ['a name of every object', subset({ constructor: 'x' } as Record<string, string>), {}, false],
  [
    'both constraints',
    { constraints: { ...equals({ a: '1' }).constraints, ...subset({ b: '2' }).constraints } },
    context({ a: '1' }),
    false,
  ],
  // "Constraints are not applied to management operations such as DescribeKey"
  ['DescribeKey ignores constraints', subset({ a: '1' }), { action: 'DescribeKey' }, true],
  // an operation without a context cannot meet them (AWS lets nobody make such a grant)
  [
    'GenerateMac cannot meet constraints',
    { ...subset({ a: '1' }), operations: ['GenerateMac'] },
    { action: 'GenerateMac' },
    false,
  ],
  [
    'GenerateMac without constraints',
    { operations: ['GenerateMac'] },
    { action: 'GenerateMac' },
    true,
  ],
  // "CreateGrant in a grant: only grants that are equally or more restrictive"
  ['the same right', GIVER, creates({}), true],
  ['no description of the new grant', GIVER, { action: 'CreateGrant' }, false],
  ['without the operation', {}, creates({}), false],
  ['a right beyond it', GIVER, creates({ operations: ['Decrypt', 'Encrypt'] }), false],
  ['the right to give on', GIVER, creates({ operations: ['CreateGrant'] }), true],
  ['another key for the new grant', GIVER, creates({ keyId: 'k2' }), false],
  ['a constraint more', GIVER, creates(subset({ a: '1' })), true],
  ['a constraint less', { ...GIVER, ...subset({ a: '1' }) }, creates({}), false],
  [
    'a longer subset is stricter',
    { ...GIVER, ...subset({ a: '1' }) },
    creates(subset({ a: '1', b: '2' })),
    true,
  ],
  [
    'a shorter subset is wider',
    { ...GIVER, ...subset({ a: '1', b: '2' }) },
    creates(subset({ a: '1' })),
    false,
  ],
  [
    'equals within a subset',
    { ...GIVER, ...subset({ a: '1' }) },
    creates(equals({ a: '1', b: '2' })),
    true,
  ],
  [
    'a subset for equals is wider',
    { ...GIVER, ...equals({ a: '1' }) },
    creates(subset({ a: '1' })),
    false,
  ],
  ['the same equals', { ...GIVER, ...equals({ a: '1' }) }, creates(equals({ a: '1' })), true],
  ['other equals', { ...GIVER, ...equals({ a: '1' }) }, creates(equals({ a: '1', b: '2' })), false],
  ['a shorter time', { ...GIVER, notAfter: NOW + 9 }, creates({ notAfter: NOW + 8 }), true],
  ['a longer time', { ...GIVER, notAfter: NOW + 9 }, creates({ notAfter: NOW + 10 }), false],
  ['no end where there was one', { ...GIVER, notAfter: NOW + 9 }, creates({}), false],
  ['an earlier start', { ...GIVER, notBefore: NOW }, creates({ notBefore: NOW - 1 }), false],
  // "RetireGrant: the retiring principal, or a grantee whose grant has the operation"
  ['the retiring principal retires', { retiringPrincipal: 'user/a' }, retires('user/a'), true],
  ['somebody else does not', { retiringPrincipal: 'user/a' }, retires('user/b'), false],
  ['a grantee without the operation does not', {}, retires('service/api'), false],
  [
    'a grantee with the operation does',
    { operations: ['RetireGrant'] },
    retires('service/api'),
    true,
  ],
  ['but no other grant', { operations: ['RetireGrant'] }, retires('service/api', 'g2'), false],
  [
    'the retiring principal has no other right',
    { retiringPrincipal: 'user/a' },
    { principal: { id: 'user/a' } },
    false,
  ],
];

test.each(CASES)('%s', (_, given, asked, allowed) => {
  const decision = decideAccess({ grants: [grant(given)] }, request(asked));
  expect(decision).toEqual(
    allowed
      ? { allowed, reason: 'grant', source: { type: 'grant', id: 'g1' } }
      : { allowed, reason: 'implicit-deny' },
  );
});
