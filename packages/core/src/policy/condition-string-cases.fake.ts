import { type ConditionCase, TENANT, tenant } from './condition-cases.fake.ts';

export const STRING_CONDITIONS: readonly ConditionCase[] = [
  // "StringEquals: exact matching, case sensitive"
  ['equal texts match', { StringEquals: { [TENANT]: 't1' } }, tenant('t1'), true],
  ['other texts do not match', { StringEquals: { [TENANT]: 't1' } }, tenant('t2'), false],
  ['letter case matters', { StringEquals: { [TENANT]: 't1' } }, tenant('T1'), false],
  [
    'a wildcard in StringEquals is a character',
    { StringEquals: { [TENANT]: 't*' } },
    tenant('t1'),
    false,
  ],
  ['which matches itself', { StringEquals: { [TENANT]: 't*' } }, tenant('t*'), true],
  ['the empty text is a value', { StringEquals: { [TENANT]: '' } }, tenant(''), true],
  ['the empty text is not the absence', { StringEquals: { [TENANT]: '' } }, {}, false],
  // "If a single condition operator includes multiple values for a key, those are evaluated using a logical OR"
  [
    'one of several values is enough',
    { StringEquals: { [TENANT]: ['t1', 't2'] } },
    tenant('t2'),
    true,
  ],
  ['none of several values', { StringEquals: { [TENANT]: ['t1', 't2'] } }, tenant('t3'), false],
  // "If the key that you specify is not present in the request context, the values do not match"
  ['an absent key does not match', { StringEquals: { [TENANT]: 't1' } }, {}, false],
  [
    'nor with a context without it',
    { StringEquals: { [TENANT]: 't1' } },
    { encryptionContext: { a: 't1' } },
    false,
  ],
  // "StringNotEquals: negated matching"
  ['negated: another text', { StringNotEquals: { [TENANT]: 't1' } }, tenant('t2'), true],
  ['negated: the same text', { StringNotEquals: { [TENANT]: 't1' } }, tenant('t1'), false],
  // "for negated matching condition operators, those values are evaluated using a logical NOR"
  ['negated: none of several', { StringNotEquals: { [TENANT]: ['t1', 't2'] } }, tenant('t3'), true],
  ['negated: one of several', { StringNotEquals: { [TENANT]: ['t1', 't2'] } }, tenant('t2'), false],
  // "If the policy condition requires that the key is not matched and the key is not present, the condition is true"
  ['negated: an absent key', { StringNotEquals: { [TENANT]: 't1' } }, {}, true],
  // "StringEqualsIgnoreCase: exact matching, ignoring case"
  ['ignoring case', { StringEqualsIgnoreCase: { [TENANT]: 'ACME' } }, tenant('acme'), true],
  [
    'ignoring case, another text',
    { StringEqualsIgnoreCase: { [TENANT]: 'ACME' } },
    tenant('acne'),
    false,
  ],
  ['ignoring case, absent', { StringEqualsIgnoreCase: { [TENANT]: 'ACME' } }, {}, false],
  [
    'negated ignoring case, same',
    { StringNotEqualsIgnoreCase: { [TENANT]: 'ACME' } },
    tenant('Acme'),
    false,
  ],
  [
    'negated ignoring case, other',
    { StringNotEqualsIgnoreCase: { [TENANT]: 'ACME' } },
    tenant('b'),
    true,
  ],
  ['negated ignoring case, absent', { StringNotEqualsIgnoreCase: { [TENANT]: 'ACME' } }, {}, true],
  // "StringLike: case-sensitive matching; * multi-character, ? single-character match wildcards anywhere"
  ['like: star at the end', { StringLike: { [TENANT]: 'eu-*' } }, tenant('eu-1'), true],
  ['like: a star may be nothing', { StringLike: { [TENANT]: 'eu-*' } }, tenant('eu-'), true],
  ['like: star at the start', { StringLike: { [TENANT]: '*-eu' } }, tenant('a-eu'), true],
  ['like: star inside', { StringLike: { [TENANT]: 'a*z' } }, tenant('abcz'), true],
  [
    'like: what is before and after does not overlap',
    { StringLike: { [TENANT]: 'aba*ba' } },
    tenant('aba'),
    false,
  ],
  ['like: a star takes slashes', { StringLike: { [TENANT]: 'a*z' } }, tenant('a/b/z'), true],
  ['like: one character', { StringLike: { [TENANT]: 't?' } }, tenant('t1'), true],
  ['like: a question mark is not nothing', { StringLike: { [TENANT]: 't?' } }, tenant('t'), false],
  ['like: a question mark is not two', { StringLike: { [TENANT]: 't?' } }, tenant('t12'), false],
  ['like: both', { StringLike: { [TENANT]: '?-*-?' } }, tenant('a-middle-z'), true],
  ['like: letter case matters', { StringLike: { [TENANT]: 'EU-*' } }, tenant('eu-1'), false],
  [
    'like: without wildcards it is equality',
    { StringLike: { [TENANT]: 't1' } },
    tenant('t1'),
    true,
  ],
  [
    'like: a lone star takes everything present',
    { StringLike: { [TENANT]: '*' } },
    tenant(''),
    true,
  ],
  ['like: a lone star needs the key', { StringLike: { [TENANT]: '*' } }, {}, false],
  [
    'like: other characters of patterns are plain',
    { StringLike: { [TENANT]: 'a.[b]+*' } },
    tenant('a.[b]+c'),
    true,
  ],
  ['not like: a match', { StringNotLike: { [TENANT]: 'eu-*' } }, tenant('eu-1'), false],
  ['not like: no match', { StringNotLike: { [TENANT]: 'eu-*' } }, tenant('us-1'), true],
  ['not like: absent', { StringNotLike: { [TENANT]: 'eu-*' } }, {}, true],
  [
    'not like: one of several',
    { StringNotLike: { [TENANT]: ['eu-*', 'us-*'] } },
    tenant('us-1'),
    false,
  ],
];
