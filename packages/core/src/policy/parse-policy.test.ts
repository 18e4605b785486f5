import { describe, expect, it, test } from 'vitest';
import { checkPolicy } from './compile-policy.ts';
import type { PolicyKind } from './parse-statement.ts';
import { refusal, STATEMENT, withCondition, withStatement } from './refusal.fake.ts';

const HERE = 'Statement[1]';
const date = (value: string) => ({ DateLessThan: { 'aws:CurrentTime': value } });
const variable = (text: string) => ({ StringEquals: { 'kms:ViaService': text } });

test.each([
  ['no document', 'null', 'The document', /must be an object/],
  ['a list', '[]', 'The document', /must be an object/],
  ['no JSON', '{"Version":', 'The document', /is not JSON at character 12/],
  ['a comma at the end', '{"Version":"2012-10-17",}', 'The document', /is not JSON/],
  ['text after the document', '{} {}', 'The document', /is not JSON at character 4/],
  ['a comment', '// x', 'The document', /is not JSON/],
  ['a bad escape', '{"\\q":1}', 'The document', /is not JSON at character 2/],
  [
    'a name that stands twice',
    '{"Version":"2012-10-17","Version":"x"}',
    'Version',
    /is there twice/,
  ],
  ['also when written differently', '{"Id":"a","\\u0049d":"b"}', 'Id', /is there twice/],
  ['half of a surrogate pair', '{"Id":"\\ud800"}', 'Id', /surrogate/],
  ['a control character', '{"Id":"a\\u0000"}', 'Id', /control character/],
  [
    'more levels than any document has',
    '['.repeat(20),
    '[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]',
    /nested deeper/,
  ],
])('refuses %s', (_, text, path, message) => {
  expect(refusal(text)).toEqual({ path, message: expect.stringMatching(message) });
});

test.each([
  ['a missing version', { Statement: STATEMENT }, 'Version', /must be "2012-10-17"/],
  [
    'the older version',
    { Version: '2008-10-17', Statement: STATEMENT },
    'Version',
    /older version/,
  ],
  [
    'an unknown element',
    { Version: '2012-10-17', Statements: STATEMENT },
    'Statements',
    /no element of a policy/,
  ],
  ['a misspelt letter case', { version: '2012-10-17' }, 'version', /no element/],
  ['an element of a prototype', JSON.parse('{"__proto__":{}}'), '["__proto__"]', /no element/],
  ['no statement', { Version: '2012-10-17' }, 'Statement', /is missing/],
  ['an empty list', { Version: '2012-10-17', Statement: [] }, 'Statement', /is empty/],
  [
    'a statement that is none',
    { Version: '2012-10-17', Statement: ['x'] },
    'Statement[0]',
    /must be an object/,
  ],
  ['a long Id', { Version: '2012-10-17', Id: 'x'.repeat(129), Statement: STATEMENT }, 'Id', /128/],
  [
    'an unknown element of a statement',
    withStatement({ Principals: '*' }),
    `${HERE}.Principals`,
    /no element/,
  ],
  [
    'NotPrincipal',
    withStatement({ NotPrincipal: '*' }),
    `${HERE}.NotPrincipal`,
    /refused: who is not named/,
  ],
  ['another effect', withStatement({ Effect: 'allow' }), `${HERE}.Effect`, /"Allow" or "Deny"/],
  ['a Sid with other characters', withStatement({ Sid: 'a\u00e9' }), `${HERE}.Sid`, /must be/],
  [
    'the same Sid again',
    withStatement({}, { ...STATEMENT, Sid: 'A' }),
    `${HERE}.Sid`,
    /another statement/,
  ],
  // Principal
  ['no principal', withStatement({ Principal: undefined }), `${HERE}.Principal`, /is missing/],
  ['a bare name', withStatement({ Principal: 'service/api' }), `${HERE}.Principal`, /must be "\*"/],
  [
    'an AWS principal',
    withStatement({ Principal: { AWS: 'arn:aws:iam::1:root' } }),
    `${HERE}.Principal.AWS`,
    /principals of AWS/,
  ],
  [
    'two kinds',
    withStatement({ Principal: { Fieldseal: 'a', IdentityPolicies: '*' } }),
    `${HERE}.Principal`,
    /must be/,
  ],
  [
    'an unknown kind',
    withStatement({ Principal: { Users: 'a' } }),
    `${HERE}.Principal.Users`,
    /no kind of principal/,
  ],
  [
    'nobody',
    withStatement({ Principal: { Fieldseal: [] } }),
    `${HERE}.Principal.Fieldseal`,
    /is empty/,
  ],
  [
    'a name with a space',
    withStatement({ Principal: { Fieldseal: ['a', 'b c'] } }),
    `${HERE}.Principal.Fieldseal[1]`,
    /1 to 256/,
  ],
  [
    'a variable in a principal',
    withStatement({ Principal: { Fieldseal: '\u0024{aws:username}' } }),
    `${HERE}.Principal.Fieldseal`,
    /policy variable/,
  ],
  [
    'part of the identity policies',
    withStatement({ Principal: { IdentityPolicies: 'a' } }),
    `${HERE}.Principal.IdentityPolicies`,
    /must be "\*"/,
  ],
  [
    'a deny for identity policies',
    withStatement({ Effect: 'Deny', Principal: { IdentityPolicies: '*' } }),
    `${HERE}.Principal.IdentityPolicies`,
    /Allow only/,
  ],
  // Action, Resource
  ['no action', withStatement({ Action: undefined }), `${HERE}.Action`, /is missing/],
  ['an empty list of actions', withStatement({ Action: [] }), `${HERE}.Action`, /is empty/],
  [
    'an action of another service',
    withStatement({ Action: 's3:GetObject' }),
    `${HERE}.Action`,
    /fieldseal:/,
  ],
  [
    'a misspelt action',
    withStatement({ Action: ['kms:Encrypt', 'kms:Decrpyt'] }),
    `${HERE}.Action[1]`,
    /is no action/,
  ],
  [
    'a pattern that fits nothing',
    withStatement({ Action: 'kms:X*' }),
    `${HERE}.Action`,
    /is no action/,
  ],
  [
    'ReEncrypt without a star',
    withStatement({ Action: 'kms:ReEncrypt' }),
    `${HERE}.Action`,
    /two actions/,
  ],
  [
    'an action that only AWS has',
    withStatement({ Action: 'kms:Sign' }),
    `${HERE}.Action`,
    /does not have/,
  ],
  [
    'a number as an action',
    withStatement({ Action: [1] }),
    `${HERE}.Action[0]`,
    /must be a string/,
  ],
  [
    'NotAction with Allow',
    withStatement({ Action: undefined, NotAction: 'kms:Decrypt' }),
    `${HERE}.NotAction`,
    /refused with Allow/,
  ],
  [
    'Action and NotAction',
    withStatement({ Effect: 'Deny', NotAction: 'kms:Decrypt' }),
    `${HERE}.NotAction`,
    /beside Action/,
  ],
  ['no resource', withStatement({ Resource: undefined }), `${HERE}.Resource`, /is missing/],
  [
    'an ARN',
    withStatement({ Resource: 'arn:aws:kms:eu:1:key/2' }),
    `${HERE}.Resource`,
    /is an ARN/,
  ],
  ['a bare key id', withStatement({ Resource: 'k1' }), `${HERE}.Resource`, /must be/],
  [
    'NotResource with Allow',
    withStatement({ Resource: undefined, NotResource: '*' }),
    `${HERE}.NotResource`,
    /refused with Allow/,
  ],
  [
    'a variable in a resource',
    withStatement({ Resource: 'key/\u0024{aws:PrincipalTag/k}' }),
    `${HERE}.Resource`,
    /string conditions only/,
  ],
])('refuses %s', (_, document, path, message) => {
  expect(refusal(document)).toEqual({ path, message: expect.stringMatching(message) });
});

describe('kinds of policies', () => {
  const { Principal: _, ...unnamed } = STATEMENT;

  it('refuses a principal in an identity policy', () => {
    expect(refusal(withStatement({}), 'identity-policy')?.path).toBe('Statement[0].Principal');
    expect(refusal(withStatement({}, unnamed), 'identity-policy')).toBeUndefined();
  });

  it('refuses an Allow in a guardrail', () => {
    expect(refusal(withStatement({}), 'guardrail')?.path).toBe('Statement[0].Effect');
    const denies = withStatement({}, { ...unnamed, Effect: 'Deny' });
    expect(refusal(denies, 'guardrail')).toBeUndefined();
  });

  it('refuses a kind that it does not know', () => {
    const check = () => checkPolicy('{}', { kind: 'policy' as PolicyKind });
    expect(check).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }));
  });
});

describe('size', () => {
  const sized = (text: string) =>
    JSON.stringify({ Version: '2012-10-17', Id: 'a', Statement: STATEMENT }) + text;

  it('takes 32,768 bytes and no more', () => {
    const room = 32_768 - sized('').length;
    expect(refusal(sized(' '.repeat(room)))).toBeUndefined();
    const tooLarge = () => checkPolicy(sized(' '.repeat(room + 1)), { kind: 'key-policy' });
    expect(tooLarge).toThrow(
      expect.objectContaining({ meta: { limitBytes: 32_768, sizeBytes: 32_769 } }),
    );
  });

  it('takes a document that is one long text', () => {
    const document = withCondition({ StringEquals: { 'kms:ViaService': '\\"'.repeat(8000) } });
    expect(refusal(JSON.stringify(document))).toBeUndefined();
  });

  it('counts bytes, not characters', () => {
    const document = withCondition({ StringEquals: { 'kms:ViaService': '\u20ac'.repeat(11_000) } });
    expect(() => checkPolicy(document as never, { kind: 'key-policy' })).toThrow(
      /larger than 32768/,
    );
  });
});

it('accepts one statement without a list, with an Id and names of statements with spaces', () => {
  const document = {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: { ...STATEMENT, Sid: 'Enable IAM User Permissions' },
  };
  expect(refusal(document)).toBeUndefined();
});

it('refuses wildcards in the actions of an Allow unless told otherwise, and takes them in a Deny', () => {
  const check = (Effect: string) =>
    checkPolicy(withStatement({ Effect, Action: 'kms:*' }) as never, { kind: 'key-policy' });
  expect(() => check('Allow')).toThrow(/^Statement\[1\].Action has a wildcard/);
  expect(() => check('Deny')).not.toThrow();
});

it('never quotes what stands in a document', () => {
  const documents = [
    '{"Id": SECRET}',
    withStatement({ Action: 'SECRET' }),
    withStatement({ Resource: 'SECRET' }),
    withStatement({ Principal: { Fieldseal: 'SE CRET' } }),
    withCondition({ Bool: { 'kms:ReEncryptOnSameKey': 'SECRET' } }),
    withCondition(date('SECRET')),
    withCondition(variable('\u0024{aws:SECRET}')),
  ];
  for (const document of documents) expect(refusal(document)?.message).not.toContain('SECRET');
});

it('refuses what cannot be written as JSON', () => {
  const cycle: { Statement?: unknown } = {};
  cycle.Statement = cycle;
  for (const document of [cycle, { Version: 1n }, undefined]) {
    expect(refusal(document)).toEqual({
      path: 'The document',
      message: 'cannot be written as JSON',
    });
  }
});
