import {
  POLICY_ACTION_NAMES,
  POLICY_ACTIONS,
  type PolicyAction,
} from '../../policy/policy-action.ts';

function named(actions: readonly PolicyAction[]): readonly string[] {
  return actions.map((name) => `fieldseal:${name}`);
}

/** What AWS says of a new key: the account may use it, here the environment. */
export const DEFAULT_KEY_POLICY: string = JSON.stringify({
  Version: '2012-10-17',
  Id: 'default',
  Statement: [
    {
      Sid: 'EverybodyInThisEnvironment',
      Effect: 'Allow',
      Principal: '*',
      Action: named(POLICY_ACTION_NAMES.filter((name) => POLICY_ACTIONS[name].on.includes('key'))),
      Resource: '*',
    },
  ],
});

/**
 * What everybody may do to the service without a policy that says so. By their names: an action that
 * is added to the service is in nobody's rights by itself.
 */
const FOR_EVERYBODY: readonly PolicyAction[] = [
  'CreateKey',
  'ListKeys',
  'CreateAlias',
  'UpdateAlias',
  'DeleteAlias',
  'ListAliases',
  'ListRetirableGrants',
  'GenerateRandom',
  'VerifyAudit',
];

export const DEFAULT_IDENTITY_POLICY: string = JSON.stringify({
  Version: '2012-10-17',
  Id: 'default',
  Statement: [
    {
      Sid: 'KeysAndAliases',
      Effect: 'Allow',
      Action: named(FOR_EVERYBODY),
      Resource: '*',
    },
  ],
});

/** What AWS does of a key that is not there yet: policies of identities decide alone. */
export const LEFT_TO_IDENTITIES: string = JSON.stringify({
  Version: '2012-10-17',
  Id: 'new-key',
  Statement: [
    {
      Sid: 'IdentityPolicies',
      Effect: 'Allow',
      Principal: { IdentityPolicies: '*' },
      Action: named(['TagResource', 'SetPhase', 'SetIndexState']),
      Resource: '*',
    },
  ],
});
