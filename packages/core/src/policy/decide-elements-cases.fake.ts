import type { DecisionCase } from './decision-cases.fake.ts';
import { allow, deny, guardrail, identity, policy } from './policies.fake.ts';
import type { PolicyAction } from './policy-action.ts';

const everybody = { Principal: '*' } as const;
const STORE = { type: 'store' } as const;

export const DECISIONS_ON_ELEMENTS: readonly DecisionCase[] = [
  // principals
  ['everybody', { keyPolicy: policy([allow(everybody)]) }, {}, 'allow'],
  [
    'a list of principals',
    { keyPolicy: policy([allow({ Principal: { Fieldseal: ['x', 'service/api'] } })]) },
    {},
    'allow',
  ],
  [
    'a pattern of principals',
    { keyPolicy: policy([allow({ Principal: { Fieldseal: 'service/*' } })]) },
    {},
    'allow',
  ],
  [
    'a pattern that does not fit',
    { keyPolicy: policy([allow({ Principal: { Fieldseal: 'user/*' } })]) },
    {},
    'implicit-deny',
  ],
  [
    'names of principals have letter case',
    { keyPolicy: policy([allow({ Principal: { Fieldseal: 'Service/api' } })]) },
    {},
    'implicit-deny',
  ],
  [
    'a name is not a prefix',
    { keyPolicy: policy([allow({ Principal: { Fieldseal: 'service/ap' } })]) },
    {},
    'implicit-deny',
  ],
  [
    'a star in the name of a caller is no wildcard',
    { keyPolicy: policy([allow()]) },
    { principal: { id: '*' } },
    'implicit-deny',
  ],
  // "Action names: prefix and name are case insensitive"
  [
    'an action in another case',
    { keyPolicy: policy([allow({ Action: 'KMS:decrypt' })]) },
    {},
    'allow',
  ],
  [
    'an action with our prefix',
    { keyPolicy: policy([allow({ Action: 'fieldseal:Decrypt' })]) },
    {},
    'allow',
  ],
  [
    'a list of actions',
    { keyPolicy: policy([allow({ Action: ['kms:Encrypt', 'kms:Decrypt'] })]) },
    {},
    'allow',
  ],
  ['all actions', { keyPolicy: policy([allow({ Action: '*' })]) }, {}, 'allow'],
  ['all actions of the service', { keyPolicy: policy([allow({ Action: 'kms:*' })]) }, {}, 'allow'],
  [
    'ReEncrypt* is both halves: from',
    { keyPolicy: policy([allow({ Action: 'kms:ReEncrypt*' })]) },
    { action: 'ReEncryptFrom' },
    'allow',
  ],
  [
    'ReEncrypt* is both halves: to',
    { keyPolicy: policy([allow({ Action: 'kms:ReEncrypt*' })]) },
    { action: 'ReEncryptTo' },
    'allow',
  ],
  [
    'from is not to',
    { keyPolicy: policy([allow({ Action: 'kms:ReEncryptFrom' })]) },
    { action: 'ReEncryptTo' },
    'implicit-deny',
  ],
  [
    'GenerateDataKey is not its longer name',
    { keyPolicy: policy([allow({ Action: 'kms:GenerateDataKey' })]) },
    { action: 'GenerateDataKeyWithoutPlaintext' },
    'implicit-deny',
  ],
  [
    'GenerateDataKey* is both',
    { keyPolicy: policy([allow({ Action: 'kms:GenerateDataKey*' })]) },
    { action: 'GenerateDataKeyWithoutPlaintext' },
    'allow',
  ],
  [
    'one character',
    { keyPolicy: policy([allow({ Action: 'kms:?ncrypt' })]) },
    { action: 'Encrypt' },
    'allow',
  ],
  // "Deny with NotAction / NotResource: everything but"
  [
    'NotAction denies the rest',
    {
      keyPolicy: policy([
        allow(),
        { Effect: 'Deny', Principal: '*', NotAction: 'kms:Encrypt', Resource: '*' },
      ]),
    },
    {},
    'explicit-deny',
  ],
  [
    'NotAction spares what it names',
    {
      keyPolicy: policy([
        allow(),
        { Effect: 'Deny', Principal: '*', NotAction: 'kms:D*', Resource: '*' },
      ]),
    },
    {},
    'allow',
  ],
  [
    'NotResource denies the rest',
    {
      keyPolicy: policy([
        allow(),
        { Effect: 'Deny', Principal: '*', Action: '*', NotResource: 'key/k2' },
      ]),
    },
    {},
    'explicit-deny',
  ],
  [
    'NotResource spares what it names',
    {
      keyPolicy: policy([
        allow(),
        { Effect: 'Deny', Principal: '*', Action: '*', NotResource: 'key/k1' },
      ]),
    },
    {},
    'allow',
  ],
  // what is about no key has no key policy
  [
    'CreateKey by an identity policy',
    { identityPolicies: identity(allow({ Action: 'kms:CreateKey' })) },
    { action: 'CreateKey', resource: STORE },
    'allow',
  ],
  ['CreateKey by nobody', {}, { action: 'CreateKey', resource: STORE }, 'implicit-deny'],
  [
    'CreateKey by the policy of some key',
    { keyPolicy: policy([allow({ Action: '*' })]) },
    { action: 'CreateKey', resource: STORE },
    'implicit-deny',
  ],
  [
    'CreateKey against a guardrail',
    {
      identityPolicies: identity(allow({ Action: '*' })),
      guardrails: guardrail(deny({ ...everybody, Action: 'kms:CreateKey' })),
    },
    { action: 'CreateKey', resource: STORE },
    'explicit-deny',
  ],
  [
    'CreateKey for one key only',
    { identityPolicies: identity(allow({ Action: '*', Resource: 'key/*' })) },
    { action: 'CreateKey', resource: STORE },
    'implicit-deny',
  ],
  [
    'CreateKey of one spec',
    {
      identityPolicies: identity(
        allow({ Action: '*', Condition: { StringEquals: { 'kms:KeySpec': 'HMAC_256' } } }),
      ),
    },
    { action: 'CreateKey', resource: { type: 'store', spec: 'HMAC_512' } },
    'implicit-deny',
  ],
  [
    'an alias by its name',
    { identityPolicies: identity(allow({ Action: 'kms:CreateAlias', Resource: 'alias/app/*' })) },
    { action: 'CreateAlias', resource: { type: 'alias', name: 'alias/app/x' } },
    'allow',
  ],
  [
    'another alias',
    { identityPolicies: identity(allow({ Action: 'kms:CreateAlias', Resource: 'alias/app/*' })) },
    { action: 'CreateAlias', resource: { type: 'alias', name: 'alias/ap' } },
    'implicit-deny',
  ],
  // what does not exist is denied, whatever the documents say
  [
    'an action on what it is not about',
    { keyPolicy: policy([allow({ Action: '*' })]) },
    { action: 'ListKeys' },
    'implicit-deny',
  ],
  [
    'an action that is none',
    { keyPolicy: policy([allow({ Action: '*' })]) },
    { action: 'Sign' as PolicyAction },
    'implicit-deny',
  ],
  [
    'a name of every object',
    { keyPolicy: policy([allow({ Action: '*' })]) },
    { action: 'constructor' as PolicyAction },
    'implicit-deny',
  ],
];
