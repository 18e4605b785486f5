import { expect, it, test } from 'vitest';
import { findWidening } from './find-widening.ts';
import { grantWidens } from './grant-widens.ts';
import { allow, DELEGATE, deny, grant, NOW, policy } from './policies.fake.ts';
import type { PolicyStatement } from './policy-document.ts';

const equals = (key: string, value: string | string[]) => ({
  Condition: { StringEquals: { [key]: value } },
});
const notEquals = (value: string[]) => ({
  Condition: { StringNotEquals: { 'kms:ViaService': value } },
});
const VIA = 'kms:ViaService';
const named = (Fieldseal: string | string[]) => ({ Principal: { Fieldseal } });

const CASES: readonly (readonly [
  change: string,
  before: readonly PolicyStatement[],
  after: readonly PolicyStatement[],
  widens: boolean,
])[] = [
  ['nothing', [allow()], [allow()], false],
  [
    'another order and other names',
    [allow({ Sid: 'A' }), deny()],
    [deny({ Sid: 'X' }), allow()],
    false,
  ],
  ['an action more', [allow()], [allow({ Action: ['kms:Decrypt', 'kms:Encrypt'] })], true],
  ['an action less', [allow({ Action: 'kms:*' })], [allow()], false],
  [
    'one statement in the place of two',
    [allow(), allow({ Action: 'kms:Encrypt' })],
    [allow({ Action: ['kms:Decrypt', 'kms:Encrypt'] })],
    false,
  ],
  ['a principal more', [allow()], [allow(named(['service/api', 'service/x']))], true],
  ['a principal less', [allow(named(['service/api', 'service/x']))], [allow()], false],
  ['a principal of a pattern', [allow(named('service/*'))], [allow()], false],
  ['a pattern within a pattern', [allow(named('service/*'))], [allow(named('service/a*'))], false],
  ['a pattern for a principal', [allow()], [allow(named('service/*'))], true],
  ['everybody', [allow()], [allow({ Principal: '*' })], true],
  [
    'a resource more',
    [allow({ Resource: 'key/k1' })],
    [allow({ Resource: ['key/k1', 'key/k2'] })],
    true,
  ],
  ['a resource less', [allow()], [allow({ Resource: 'key/k1' })], false],
  ['a condition more', [allow()], [allow(equals(VIA, 'prisma'))], false],
  ['a condition less', [allow(equals(VIA, 'prisma'))], [allow()], true],
  [
    'a condition on another key',
    [allow(equals(VIA, 'a'))],
    [allow(equals('kms:KeySpec', 'a'))],
    true,
  ],
  ['a value more', [allow(equals(VIA, 'a'))], [allow(equals(VIA, ['a', 'b']))], true],
  ['a value less', [allow(equals(VIA, ['a', 'b']))], [allow(equals(VIA, 'a'))], false],
  [
    'a value more that is ruled out',
    [allow(notEquals(['a']))],
    [allow(notEquals(['a', 'b']))],
    false,
  ],
  [
    'a value less that is ruled out',
    [allow(notEquals(['a', 'b']))],
    [allow(notEquals(['a']))],
    true,
  ],
  [
    'IfExists',
    [allow(equals(VIA, 'a'))],
    [allow({ Condition: { StringEqualsIfExists: { [VIA]: 'a' } } })],
    true,
  ],
  [
    'no IfExists any more',
    [allow({ Condition: { StringEqualsIfExists: { [VIA]: 'a' } } })],
    [allow(equals(VIA, 'a'))],
    false,
  ],
  [
    'another operator, nobody can tell',
    [allow({ Condition: { StringLike: { [VIA]: '*' } } })],
    [allow(equals(VIA, 'a'))],
    true,
  ],
  [
    'the same condition in another spelling',
    [allow(equals(VIA, 'a'))],
    [allow(equals('fieldseal:VIASERVICE', 'a'))],
    false,
  ],
  ['a deny more', [allow()], [allow(), deny()], false],
  ['a deny less', [allow(), deny()], [allow()], true],
  ['a deny about less', [deny({ Action: 'kms:*' })], [deny()], true],
  ['a deny about more', [deny()], [deny({ Action: 'kms:*', Principal: '*' })], false],
  ['a deny with a condition', [deny()], [deny(equals(VIA, 'a'))], true],
  [
    'a deny that spares more',
    [{ Effect: 'Deny', Principal: '*', Action: '*', NotResource: 'key/k1' }],
    [{ Effect: 'Deny', Principal: '*', Action: '*', NotResource: ['key/k1', 'key/k2'] }],
    true,
  ],
  [
    'a deny that spares less',
    [{ Effect: 'Deny', Principal: '*', Action: '*', NotResource: ['key/k1', 'key/k2'] }],
    [{ Effect: 'Deny', Principal: '*', Action: '*', NotResource: 'key/k1' }],
    false,
  ],
  ['delegation', [allow()], [allow(), DELEGATE], true],
  ['no delegation any more', [allow(), DELEGATE], [allow()], false],
  ['a name in the place of delegation', [DELEGATE], [allow()], true],
  ['delegation in the place of everybody', [{ ...DELEGATE, Principal: '*' }], [DELEGATE], false],
];

test.each(CASES)('%s', (_, before, after, widens) => {
  expect(findWidening(policy(before), policy(after)) !== undefined).toBe(widens);
});

it('takes a first policy for wider and the end of one for no wider, unless it denied', () => {
  expect(findWidening(undefined, policy([allow({ Sid: 'A' })]))).toEqual({
    effect: 'Allow',
    statement: 'A',
  });
  expect(findWidening(policy([allow()]), undefined)).toBeUndefined();
  expect(findWidening(policy([allow(), deny()]), undefined)).toEqual({
    effect: 'Deny',
    statement: 1,
  });
});

test.each([
  ['a first grant', {}, {}, true],
  ['the same grant again', {}, { grants: [grant()] }, false],
  ['a retired one stands for nothing', {}, { grants: [grant({ retired: true })] }, true],
  ['the grant of somebody else', {}, { grants: [grant({ granteePrincipal: 'x' })] }, true],
  [
    'two grants together',
    {},
    { grants: [grant({ operations: ['Decrypt'] }), grant({ operations: ['DescribeKey'] })] },
    false,
  ],
  ['longer', { notAfter: NOW + 2 }, { grants: [grant({ notAfter: NOW + 1 })] }, true],
  ['shorter', { notAfter: NOW }, { grants: [grant({ notAfter: NOW + 1 })] }, false],
  [
    'what the policy allows',
    {},
    { keyPolicy: policy([allow({ Action: ['kms:Decrypt', 'kms:DescribeKey'] })]) },
    false,
  ],
  ['what the policy allows in part', {}, { keyPolicy: policy([allow()]) }, true],
  [
    'what the policy allows under a condition',
    {},
    { keyPolicy: policy([allow({ Action: '*', ...equals(VIA, 'a') })]) },
    true,
  ],
  ['what the policy leaves to others', {}, { keyPolicy: policy([DELEGATE]) }, true],
  [
    'the right to retire this one',
    { operations: ['RetireGrant'] },
    { grants: [grant({ operations: ['RetireGrant'] })] },
    true,
  ],
] as const)('grants: %s', (_, terms, today, widens) => {
  expect(grantWidens(grant(terms), today)).toBe(widens);
});
