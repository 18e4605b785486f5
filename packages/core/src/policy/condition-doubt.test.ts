import { expect, test } from 'vitest';
import {
  type ConditionCase,
  outcomes,
  TENANT,
  tags,
  tenant,
  variable,
} from './condition-cases.fake.ts';
import { KEY } from './policies.fake.ts';

/** Where Allow and Deny differ: what is in doubt counts against the caller. */
const CASES: readonly (readonly [...ConditionCase, denied: boolean])[] = [
  [
    'several values: all fit',
    { StringEquals: { 'kms:EncryptionContextKeys': ['a', 'b'] } },
    { encryptionContext: { a: '1', b: '2' } },
    true,
    true,
  ],
  [
    'several values: one does not fit',
    { StringEquals: { 'kms:EncryptionContextKeys': ['a'] } },
    { encryptionContext: { a: '1', b: '2' } },
    false,
    true,
  ],
  [
    'several values: none fits',
    { StringEquals: { 'kms:EncryptionContextKeys': ['c'] } },
    { encryptionContext: { a: '1', b: '2' } },
    false,
    false,
  ],
  [
    'several values: none at all',
    { StringEquals: { 'kms:EncryptionContextKeys': ['a'] } },
    {},
    false,
    false,
  ],
  [
    'several values: letter case of names',
    { StringEquals: { 'kms:EncryptionContextKeys': 'tenant' } },
    { encryptionContext: { Tenant: 't' } },
    false,
    false,
  ],
  [
    'several values negated: one is it',
    { StringNotEquals: { 'kms:EncryptionContextKeys': ['a'] } },
    { encryptionContext: { a: '1', b: '2' } },
    false,
    true,
  ],
  [
    'several values negated: none is it',
    { StringNotEquals: { 'kms:EncryptionContextKeys': ['c'] } },
    { encryptionContext: { a: '1', b: '2' } },
    true,
    true,
  ],
  [
    'a list of operations within another',
    { StringEquals: { 'kms:GrantOperations': ['Decrypt', 'Encrypt'] } },
    {
      action: 'CreateGrant',
      newGrant: { keyId: 'k1', granteePrincipal: 'x', operations: ['Decrypt'] },
    },
    true,
    true,
  ],
  [
    'a list of operations beyond it',
    { StringEquals: { 'kms:GrantOperations': ['Decrypt'] } },
    {
      action: 'CreateGrant',
      newGrant: { keyId: 'k1', granteePrincipal: 'x', operations: ['Decrypt', 'Encrypt'] },
    },
    false,
    true,
  ],
  [
    'two aliases',
    { StringEquals: { 'kms:ResourceAliases': 'alias/a' } },
    { resource: { ...KEY, aliases: ['alias/a', 'alias/b'] } },
    false,
    true,
  ],
  [
    'two names that differ by case alone',
    { StringEquals: { [TENANT]: 't1' } },
    { encryptionContext: { tenant: 't1', Tenant: 't2' } },
    false,
    true,
  ],
  [
    'a variable that nothing fills',
    { StringEquals: { [TENANT]: variable('aws:PrincipalTag/tenant') } },
    tenant('t1'),
    false,
    true,
  ],
  [
    'a negated one that nothing fills',
    { StringNotEquals: { [TENANT]: variable('aws:PrincipalTag/tenant') } },
    tenant('t1'),
    false,
    true,
  ],
  [
    'a variable that nothing fills beside a value',
    { StringEquals: { [TENANT]: ['t1', variable('aws:PrincipalTag/x')] } },
    tenant('t1'),
    true,
    true,
  ],
  [
    'a variable with two values',
    { StringEquals: { [TENANT]: variable('aws:PrincipalTag/x') } },
    { ...tenant('1'), ...tags({ x: '1', X: '2' }) },
    false,
    true,
  ],
  [
    'a tag with what a pattern takes for a star',
    { StringLike: { [TENANT]: variable('aws:PrincipalTag/x') } },
    { ...tenant('t1'), ...tags({ x: '\u0000' }) },
    false,
    true,
  ],
  [
    'a time that is no number',
    { DateNotEquals: { 'aws:CurrentTime': '2026-11-26T12:00:00Z' } },
    { now: Number.NaN },
    false,
    true,
  ],
];

test.each(CASES)('%s', (_, condition, given, allowed, denied) => {
  expect(outcomes(condition, given)).toEqual({ allowed, denied });
});
