import type { AccessRequest } from './access-request.ts';
import { type ConditionCase, TENANT, tenant } from './condition-cases.fake.ts';
import { KEY } from './policies.fake.ts';

const days = (rotationPeriodInDays: number): Partial<AccessRequest> => ({
  action: 'EnableKeyRotation',
  rotationPeriodInDays,
});
const DAYS = 'kms:RotationPeriodInDays';
const NOON = '2026-11-26T12:00:00Z';
const LATER = '2026-11-26T12:00:01Z';
const EARLIER = '2026-11-26T11:59:59Z';
const same = (reEncryptOnSameKey: boolean): Partial<AccessRequest> => ({
  action: 'ReEncryptFrom',
  reEncryptOnSameKey,
});

export const ORDERED_CONDITIONS: readonly ConditionCase[] = [
  // "...IfExists: if the condition key is present, process it as specified; if not present, evaluate as true"
  ['IfExists: absent', { StringEqualsIfExists: { [TENANT]: 't1' } }, {}, true],
  ['IfExists: present and equal', { StringEqualsIfExists: { [TENANT]: 't1' } }, tenant('t1'), true],
  [
    'IfExists: present and different',
    { StringEqualsIfExists: { [TENANT]: 't1' } },
    tenant('t2'),
    false,
  ],
  ['IfExists: like', { StringLikeIfExists: { [TENANT]: 'eu-*' } }, tenant('us'), false],
  ['IfExists: negated, absent', { StringNotEqualsIfExists: { [TENANT]: 't1' } }, {}, true],
  [
    'IfExists: negated, equal',
    { StringNotEqualsIfExists: { [TENANT]: 't1' } },
    tenant('t1'),
    false,
  ],
  ['IfExists: numbers', { NumericLessThanIfExists: { [DAYS]: 100 } }, {}, true],
  ['IfExists: dates', { DateLessThanIfExists: { 'aws:CurrentTime': EARLIER } }, {}, false],
  ['IfExists: booleans', { BoolIfExists: { 'kms:ReEncryptOnSameKey': 'true' } }, {}, true],
  [
    'IfExists: one of several',
    { StringEqualsIfExists: { [TENANT]: ['t1', 't2'] } },
    tenant('t2'),
    true,
  ],
  ['IfExists: numbers, present', { NumericLessThanIfExists: { [DAYS]: 100 } }, days(100), false],
  [
    'IfExists: booleans, present',
    { BoolIfExists: { 'kms:ReEncryptOnSameKey': 'true' } },
    same(false),
    false,
  ],
  // "Null: true if the key doesn't exist, false if the key exists and its value is not null"
  ['Null true: absent', { Null: { [TENANT]: 'true' } }, {}, true],
  ['Null true: present', { Null: { [TENANT]: 'true' } }, tenant('t1'), false],
  ['Null false: present', { Null: { [TENANT]: 'false' } }, tenant('t1'), true],
  ['Null false: present and empty', { Null: { [TENANT]: 'false' } }, tenant(''), true],
  ['Null false: absent', { Null: { [TENANT]: false } }, {}, false],
  [
    'Null of a list without a value',
    { Null: { 'kms:ResourceAliases': true } },
    { resource: { ...KEY, aliases: [] } },
    true,
  ],
  ['Null of either', { Null: { [TENANT]: ['true', 'false'] } }, {}, true],
  // "Bool"
  ['Bool: true and true', { Bool: { 'kms:ReEncryptOnSameKey': 'true' } }, same(true), true],
  ['Bool: true and false', { Bool: { 'kms:ReEncryptOnSameKey': 'true' } }, same(false), false],
  [
    'Bool: false and false, as JSON',
    { Bool: { 'kms:ReEncryptOnSameKey': false } },
    same(false),
    true,
  ],
  ['Bool: an absent key is not false', { Bool: { 'kms:ReEncryptOnSameKey': 'false' } }, {}, false],
  ['Bool: either', { Bool: { 'kms:ReEncryptOnSameKey': ['true', 'false'] } }, same(false), true],
  // "Numeric condition operators"
  ['NumericEquals: equal', { NumericEquals: { [DAYS]: '90' } }, days(90), true],
  ['NumericEquals: not equal', { NumericEquals: { [DAYS]: 90 } }, days(91), false],
  ['NumericEquals: by value, not by text', { NumericEquals: { [DAYS]: '90.0' } }, days(90), true],
  ['NumericEquals: one of several', { NumericEquals: { [DAYS]: [90, 365] } }, days(365), true],
  ['NumericNotEquals: equal', { NumericNotEquals: { [DAYS]: 90 } }, days(90), false],
  ['NumericNotEquals: not equal', { NumericNotEquals: { [DAYS]: 90 } }, days(91), true],
  ['NumericNotEquals: absent', { NumericNotEquals: { [DAYS]: 90 } }, {}, true],
  [
    'NumericNotEquals: one of several',
    { NumericNotEquals: { [DAYS]: [90, 365] } },
    days(365),
    false,
  ],
  [
    'NumericNotEquals: none of several',
    { NumericNotEquals: { [DAYS]: [90, 365] } },
    days(100),
    true,
  ],
  ['NumericLessThan: one of several', { NumericLessThan: { [DAYS]: [50, 100] } }, days(60), true],
  ['NumericLessThan: below', { NumericLessThan: { [DAYS]: 100 } }, days(99), true],
  ['NumericLessThan: at', { NumericLessThan: { [DAYS]: 100 } }, days(100), false],
  ['NumericLessThan: not as texts', { NumericLessThan: { [DAYS]: '1000' } }, days(365), true],
  ['NumericLessThanEquals: at', { NumericLessThanEquals: { [DAYS]: 100 } }, days(100), true],
  ['NumericLessThanEquals: above', { NumericLessThanEquals: { [DAYS]: 100 } }, days(101), false],
  ['NumericGreaterThan: above', { NumericGreaterThan: { [DAYS]: 100 } }, days(101), true],
  ['NumericGreaterThan: at', { NumericGreaterThan: { [DAYS]: 100 } }, days(100), false],
  ['NumericGreaterThanEquals: at', { NumericGreaterThanEquals: { [DAYS]: 100 } }, days(100), true],
  [
    'NumericGreaterThanEquals: below',
    { NumericGreaterThanEquals: { [DAYS]: 100 } },
    days(99),
    false,
  ],
  ['NumericGreaterThan: absent', { NumericGreaterThan: { [DAYS]: 100 } }, {}, false],
  [
    'the window of a deletion',
    { NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': 30 } },
    { action: 'ScheduleKeyDeletion', pendingWindowInDays: 7 },
    true,
  ],
  // "Date condition operators": compared by the second
  ['DateEquals: the same second', { DateEquals: { 'aws:CurrentTime': NOON } }, {}, true],
  ['DateEquals: another second', { DateEquals: { 'aws:CurrentTime': LATER } }, {}, false],
  [
    'DateEquals: in another zone',
    { DateEquals: { 'aws:CurrentTime': '2026-11-26T17:30:00+05:30' } },
    {},
    true,
  ],
  [
    'DateEquals: as seconds since 1970',
    { DateEquals: { 'aws:CurrentTime': '1795694400' } },
    {},
    true,
  ],
  ['DateNotEquals: the same second', { DateNotEquals: { 'aws:CurrentTime': NOON } }, {}, false],
  ['DateNotEquals: another second', { DateNotEquals: { 'aws:CurrentTime': LATER } }, {}, true],
  [
    'DateNotEquals: one of several',
    { DateNotEquals: { 'aws:CurrentTime': [LATER, NOON] } },
    {},
    false,
  ],
  ['DateLessThan: before', { DateLessThan: { 'aws:CurrentTime': LATER } }, {}, true],
  ['DateLessThan: at', { DateLessThan: { 'aws:CurrentTime': NOON } }, {}, false],
  ['DateLessThanEquals: at', { DateLessThanEquals: { 'aws:CurrentTime': NOON } }, {}, true],
  ['DateLessThanEquals: after', { DateLessThanEquals: { 'aws:CurrentTime': EARLIER } }, {}, false],
  ['DateGreaterThan: after', { DateGreaterThan: { 'aws:CurrentTime': EARLIER } }, {}, true],
  ['DateGreaterThan: at', { DateGreaterThan: { 'aws:CurrentTime': NOON } }, {}, false],
  ['DateGreaterThanEquals: at', { DateGreaterThanEquals: { 'aws:CurrentTime': NOON } }, {}, true],
  ['EpochTime as a date', { DateGreaterThan: { 'aws:EpochTime': EARLIER } }, {}, true],
  ['EpochTime in seconds', { DateEquals: { 'aws:EpochTime': '1795694400' } }, {}, true],
  ['EpochTime as a number', { NumericLessThan: { 'aws:EpochTime': 1795694401 } }, {}, true],
  ['EpochTime as a number, at', { NumericLessThan: { 'aws:EpochTime': 1795694400 } }, {}, false],
  ['EpochTime is there always', { Null: { 'aws:EpochTime': 'false' } }, {}, true],
  [
    'a month without a day is its first',
    { DateGreaterThanEquals: { 'aws:CurrentTime': '2026-11' } },
    {},
    true,
  ],
  ['a month to come', { DateGreaterThanEquals: { 'aws:CurrentTime': '2026-12' } }, {}, false],
  [
    'a fraction of a second of zero',
    { DateEquals: { 'aws:CurrentTime': '2026-11-26T12:00:00.000Z' } },
    {},
    true,
  ],
  [
    'a fraction of a second counts',
    { DateLessThan: { 'aws:CurrentTime': '2026-11-26T12:00:00.500Z' } },
    {},
    true,
  ],
  [
    'a date without a time is midnight UTC',
    { DateGreaterThanEquals: { 'aws:CurrentTime': '2026-11-27' } },
    {},
    false,
  ],
];
