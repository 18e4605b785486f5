import type { DecisionCase } from './decision-cases.fake.ts';
import {
  allow,
  DELEGATE,
  deny,
  grant,
  guardrail,
  identity,
  policy,
  unnamed,
} from './policies.fake.ts';

const everybody = { Principal: '*' } as const;

export const DECISIONS_IN_ORDER: readonly DecisionCase[] = [
  // "By default, all requests are implicitly denied"
  ['nothing allows by itself', {}, {}, 'implicit-deny'],
  [
    'a key without a policy is nobody’s',
    { identityPolicies: identity(allow()) },
    {},
    'implicit-deny',
  ],
  [
    'a policy about another principal',
    { keyPolicy: policy([allow({ Principal: { Fieldseal: 'x' } })]) },
    {},
    'implicit-deny',
  ],
  [
    'a policy about another action',
    { keyPolicy: policy([allow({ Action: 'kms:Encrypt' })]) },
    {},
    'implicit-deny',
  ],
  [
    'a policy about another key',
    { keyPolicy: policy([allow({ Resource: 'key/k2' })]) },
    {},
    'implicit-deny',
  ],
  // "An explicit allow in the key policy is enough"
  ['the key policy allows', { keyPolicy: policy([allow()]) }, {}, 'allow'],
  [
    'without any identity policy',
    { keyPolicy: policy([allow()]), identityPolicies: [] },
    {},
    'allow',
  ],
  ['the key by its id', { keyPolicy: policy([allow({ Resource: 'key/k1' })]) }, {}, 'allow'],
  ['the key by a pattern', { keyPolicy: policy([allow({ Resource: 'key/k?' })]) }, {}, 'allow'],
  [
    'one of several resources',
    { keyPolicy: policy([allow({ Resource: ['key/k0', 'key/k1'] })]) },
    {},
    'allow',
  ],
  // "An alias in a resource element is the alias, not the key"
  [
    'an alias is not its key',
    { keyPolicy: policy([allow({ Resource: 'alias/kyc' })]) },
    {},
    'implicit-deny',
  ],
  // "An explicit deny in any of these policies overrides the allow"
  ['a deny in the key policy wins', { keyPolicy: policy([allow(), deny()]) }, {}, 'explicit-deny'],
  ['also before the allow', { keyPolicy: policy([deny(), allow()]) }, {}, 'explicit-deny'],
  [
    'a deny in a guardrail wins',
    { keyPolicy: policy([allow()]), guardrails: guardrail(deny(everybody)) },
    {},
    'explicit-deny',
  ],
  [
    'a guardrail without a principal is about all',
    { keyPolicy: policy([allow()]), guardrails: guardrail(unnamed(deny())) },
    {},
    'explicit-deny',
  ],
  [
    'a deny in an identity policy wins',
    { keyPolicy: policy([allow()]), identityPolicies: identity(deny()) },
    {},
    'explicit-deny',
  ],
  [
    'a deny wins over a grant',
    { keyPolicy: policy([deny()]), grants: [grant()] },
    {},
    'explicit-deny',
  ],
  [
    'a deny in an identity policy wins over a grant',
    { identityPolicies: identity(deny()), grants: [grant()] },
    {},
    'explicit-deny',
  ],
  [
    'a guardrail wins over a grant',
    { guardrails: guardrail(deny(everybody)), grants: [grant()] },
    {},
    'explicit-deny',
  ],
  [
    'a deny about another principal is none',
    { keyPolicy: policy([allow(), deny({ Principal: { Fieldseal: 'x' } })]) },
    {},
    'allow',
  ],
  [
    'a deny about another action is none',
    { keyPolicy: policy([allow(), deny({ Action: 'kms:Encrypt' })]) },
    {},
    'allow',
  ],
  [
    'a deny about another key is none',
    { keyPolicy: policy([allow(), deny({ Resource: 'key/k2' })]) },
    {},
    'allow',
  ],
  [
    'a deny whose condition fails is none',
    { keyPolicy: policy([allow(), deny({ Condition: { Null: { 'kms:ViaService': 'false' } } })]) },
    {},
    'allow',
  ],
  ['a deny alone is explicit', { keyPolicy: policy([deny()]) }, {}, 'explicit-deny'],
  // "Unless the key policy explicitly allows it, you cannot use IAM policies to allow access to a KMS key"
  [
    'an identity policy alone',
    { keyPolicy: policy([allow({ Action: 'kms:Encrypt' })]), identityPolicies: identity(allow()) },
    {},
    'implicit-deny',
  ],
  [
    'delegation and an identity policy',
    { keyPolicy: policy([DELEGATE]), identityPolicies: identity(allow()) },
    {},
    'allow',
  ],
  // "By itself, the statement does not give any principal permission"
  ['delegation alone', { keyPolicy: policy([DELEGATE]) }, {}, 'implicit-deny'],
  [
    'delegation and another action',
    { keyPolicy: policy([DELEGATE]), identityPolicies: identity(allow({ Action: 'kms:Encrypt' })) },
    {},
    'implicit-deny',
  ],
  [
    'delegation of another action',
    {
      keyPolicy: policy([allow({ Principal: { IdentityPolicies: '*' }, Action: 'kms:Encrypt' })]),
      identityPolicies: identity(allow()),
    },
    {},
    'implicit-deny',
  ],
  [
    'delegation under a condition that fails',
    {
      keyPolicy: policy([{ ...DELEGATE, Condition: { Null: { 'kms:ViaService': 'false' } } }]),
      identityPolicies: identity(allow()),
    },
    {},
    'implicit-deny',
  ],
  [
    'delegation under a condition that holds',
    {
      keyPolicy: policy([{ ...DELEGATE, Condition: { Null: { 'kms:ViaService': 'true' } } }]),
      identityPolicies: identity(allow()),
    },
    {},
    'allow',
  ],
  [
    'delegation and a deny',
    { keyPolicy: policy([DELEGATE, deny()]), identityPolicies: identity(allow()) },
    {},
    'explicit-deny',
  ],
  [
    'a second identity policy allows',
    {
      keyPolicy: policy([DELEGATE]),
      identityPolicies: [...identity(allow({ Action: 'kms:Encrypt' })), ...identity(allow())],
    },
    {},
    'allow',
  ],
];
