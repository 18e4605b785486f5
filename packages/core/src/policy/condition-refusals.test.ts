import { expect, test } from 'vitest';
import { refusal, withCondition } from './refusal.fake.ts';

const C = 'Statement[1].Condition';
const EQUALS = `${C}.StringEquals`;
const date = (value: unknown) => ({ DateLessThan: { 'aws:CurrentTime': value } });
const LESS = `${C}.DateLessThan["aws:CurrentTime"]`;
const variable = (text: string) => ({ StringEquals: { 'kms:ViaService': text } });

test.each([
  ['a condition that is no object', 'x', C, /must be an object/],
  ['an empty condition', {}, C, /leave it out/],
  ['an operator without a key', { StringEquals: {} }, EQUALS, /leave it out/],
  [
    'a key without a value',
    { StringEquals: { 'kms:ViaService': [] } },
    `${EQUALS}["kms:ViaService"]`,
    /has no value/,
  ],
  [
    'an unknown operator',
    { StringMatches: { 'kms:ViaService': 'x' } },
    `${C}.StringMatches`,
    /no condition operator/,
  ],
  [
    'an operator in another letter case',
    { stringequals: { 'kms:ViaService': 'x' } },
    `${C}.stringequals`,
    /no condition operator/,
  ],
  [
    'ForAllValues',
    { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': 'a' } },
    `${C}["ForAllValues:StringEquals"]`,
    /no value at all/,
  ],
  [
    'ForAnyValue',
    { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'a' } },
    `${C}["ForAnyValue:StringEquals"]`,
    /every value/,
  ],
  ['ARN operators', { ArnLike: { 'aws:PrincipalArn': 'x' } }, `${C}.ArnLike`, /ARN/],
  ['address operators', { IpAddress: { 'aws:SourceIp': 'x' } }, `${C}.IpAddress`, /addresses/],
  ['binary operators', { BinaryEquals: { 'kms:ViaService': 'x' } }, `${C}.BinaryEquals`, /bytes/],
  [
    'Null with IfExists',
    { NullIfExists: { 'kms:ViaService': 'true' } },
    `${C}.NullIfExists`,
    /Null asks itself/,
  ],
  [
    'a key without a prefix',
    { StringEquals: { ViaService: 'x' } },
    `${EQUALS}.ViaService`,
    /must start with/,
  ],
  [
    'an unknown key',
    { StringEquals: { 'kms:Via': 'x' } },
    `${EQUALS}["kms:Via"]`,
    /no condition key/,
  ],
  [
    'a key under the other prefix',
    { StringEquals: { 'aws:ViaService': 'x' } },
    `${EQUALS}["aws:ViaService"]`,
    /no condition key/,
  ],
  [
    'a name of every object as a key',
    { StringEquals: { 'kms:constructor': 'x' } },
    `${EQUALS}["kms:constructor"]`,
    /no condition key/,
  ],
  [
    'a key about accounts',
    { StringEquals: { 'kms:CallerAccount': '1' } },
    `${EQUALS}["kms:CallerAccount"]`,
    /AWS accounts/,
  ],
  [
    'a key about a second factor',
    { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    `${C}.Bool["aws:MultiFactorAuthPresent"]`,
    /signed in/,
  ],
  [
    'a pair without a name',
    { StringEquals: { 'kms:EncryptionContext:': 'x' } },
    `${EQUALS}["kms:EncryptionContext:"]`,
    /go on with a name/,
  ],
  [
    'one key in two spellings',
    { StringEquals: { 'kms:ViaService': 'a', 'fieldseal:viaservice': 'b' } },
    `${EQUALS}["fieldseal:viaservice"]`,
    /another spelling/,
  ],
  [
    'a number in a string condition',
    { StringEquals: { 'kms:ViaService': 1 } },
    `${EQUALS}["kms:ViaService"]`,
    /must be a string/,
  ],
  [
    'a string operator on a number',
    { StringEquals: { 'kms:RotationPeriodInDays': '1' } },
    `${EQUALS}["kms:RotationPeriodInDays"]`,
    /holds a number/,
  ],
  [
    'a numeric operator on a string',
    { NumericEquals: { 'kms:ViaService': '1' } },
    `${C}.NumericEquals["kms:ViaService"]`,
    /holds a string/,
  ],
  [
    'a number that is none',
    { NumericEquals: { 'kms:RotationPeriodInDays': ['1', '0x10'] } },
    `${C}.NumericEquals["kms:RotationPeriodInDays"][1]`,
    /decimal number/,
  ],
  [
    'a number with a wildcard',
    { NumericEquals: { 'kms:RotationPeriodInDays': '9*' } },
    `${C}.NumericEquals["kms:RotationPeriodInDays"]`,
    /decimal number/,
  ],
  [
    'a boolean that is none',
    { Bool: { 'kms:ReEncryptOnSameKey': 'yes' } },
    `${C}.Bool["kms:ReEncryptOnSameKey"]`,
    /"true" or "false"/,
  ],
  [
    'a boolean in a list of lists',
    { Bool: { 'kms:ReEncryptOnSameKey': [['true']] } },
    `${C}.Bool["kms:ReEncryptOnSameKey"][0]`,
    /"true" or "false"/,
  ],
  ['a day that does not exist', date('2026-02-30'), LESS, /must be a date/],
  ['an hour that does not exist', date('2026-02-03T24:00:00Z'), LESS, /must be a date/],
  ['a time without a zone', date('2026-02-03T10:00:00'), LESS, /must be a date/],
  ['a year alone, or seconds', date('2026'), LESS, /must be a date/],
  ['a month that does not exist', date('2026-13'), LESS, /must be a date/],
  ['a month with a time', date('2026-11T10:00Z'), LESS, /must be a date/],
  ['a fraction of a minute', date('2026-02-03T10:00.5Z'), LESS, /must be a date/],
  [
    'EpochTime as a text',
    { StringEquals: { 'aws:EpochTime': '1795694400' } },
    `${EQUALS}["aws:EpochTime"]`,
    /is not for/,
  ],
  ['a date in words', date('Thu Nov 26 2026'), LESS, /must be a date/],
  ['a variable in a date', date('\u0024{aws:CurrentTime}'), LESS, /string conditions only/],
  [
    'a variable without an end',
    variable('\u0024{aws:PrincipalTag/a'),
    `${EQUALS}["kms:ViaService"]`,
    /without an end/,
  ],
  ['an empty variable', variable('\u0024{}'), `${EQUALS}["kms:ViaService"]`, /malformed/],
  [
    'a variable with a broken default',
    variable("\u0024{aws:PrincipalTag/a, 'b}"),
    `${EQUALS}["kms:ViaService"]`,
    /malformed/,
  ],
  [
    'an unknown variable',
    variable('\u0024{aws:nothing}'),
    `${EQUALS}["kms:ViaService"]`,
    /no condition key/,
  ],
  [
    'a variable with several values',
    variable('\u0024{kms:ResourceAliases}'),
    `${EQUALS}["kms:ViaService"]`,
    /one text/,
  ],
  [
    'a pattern that is too long',
    { StringLike: { 'kms:ViaService': 'x'.repeat(2049) } },
    `${C}.StringLike["kms:ViaService"]`,
    /2048/,
  ],
])('refuses %s', (_, condition, path, message) => {
  expect(refusal(withCondition(condition))).toEqual({
    path,
    message: expect.stringMatching(message),
  });
});
