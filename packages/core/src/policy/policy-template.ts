import { FieldsealError } from '../errors/fieldseal-error.ts';
import {
  POLICY_ACTION_NAMES,
  POLICY_ACTIONS,
  type PolicyAction,
  type PolicyResourceType,
} from './policy-action.ts';
import type {
  OneOrMore,
  PolicyDocument,
  PolicyPrincipal,
  PolicyStatement,
} from './policy-document.ts';
import { POLICY_ROLES, type PolicyRole } from './policy-role.ts';

/** Names of principals by what they shall be allowed; wildcards as in a Principal. */
export type KeyPolicyRoles = {
  readonly [role in PolicyRole]?: OneOrMore<string>;
} & {
  /** Leaves the rest to the policies of principals, as a key policy for `root` does in AWS. */
  readonly identityPolicies?: boolean;
};

function actionsOn(
  actions: readonly PolicyAction[],
  types: readonly PolicyResourceType[],
): readonly string[] {
  return actions
    .filter((action) => POLICY_ACTIONS[action].on.some((type) => types.includes(type)))
    .map((action) => `fieldseal:${action}`);
}

function sidOf(role: string): string {
  return `${role.charAt(0).toUpperCase()}${role.slice(1)}`;
}

function actionsOf(role: PolicyRole): readonly PolicyAction[] {
  if (Object.hasOwn(POLICY_ROLES, role)) return POLICY_ROLES[role];
  throw new FieldsealError('ERR_CONFIG_INVALID', 'There is no such role', { option: 'roles' });
}

function allow(
  sid: string,
  Action: readonly string[],
  Principal?: PolicyPrincipal,
): PolicyStatement {
  return {
    Sid: sid,
    Effect: 'Allow',
    ...(Principal === undefined ? {} : { Principal }),
    Action,
    Resource: '*',
  };
}

/**
 * A key policy with one statement for each role, and every action by its name.
 *
 * @throws `ERR_CONFIG_INVALID` without a role, or for one that does not exist
 *
 * @example
 * ```ts
 * import { checkPolicy, createKeyPolicy } from '@fieldseal/core';
 *
 * const policy = createKeyPolicy({
 *   administrator: 'user/security',
 *   user: ['service/api', 'service/worker'],
 *   auditor: 'group/auditors/*',
 * });
 * checkPolicy(policy, { kind: 'key-policy' });
 * ```
 */
export function createKeyPolicy(roles: KeyPolicyRoles): PolicyDocument {
  const { identityPolicies, ...named } = roles;
  const statements = Object.entries(named).map(([role, names]) =>
    allow(sidOf(role), actionsOn(actionsOf(role as PolicyRole), ['key']), { Fieldseal: names }),
  );
  if (identityPolicies === true) {
    const all = actionsOn(POLICY_ACTION_NAMES, ['key']);
    statements.push(allow('IdentityPolicies', all, { IdentityPolicies: '*' }));
  }
  return documentOf(statements);
}

/**
 * An identity policy for somebody with these roles. It also allows what is about no single key,
 * such as `CreateKey`; on a key it counts where the policy of that key leaves it to identity
 * policies.
 *
 * @throws `ERR_CONFIG_INVALID` without a role, or for one that does not exist
 */
export function createIdentityPolicy(roles: OneOrMore<PolicyRole>): PolicyDocument {
  const list = typeof roles === 'string' ? [roles] : roles;
  const types = ['key', 'alias', 'store'] as const;
  return documentOf(list.map((role) => allow(sidOf(role), actionsOn(actionsOf(role), types))));
}

function documentOf(statements: readonly PolicyStatement[]): PolicyDocument {
  if (statements.length === 0) {
    throw new FieldsealError('ERR_CONFIG_INVALID', 'A policy needs a role', { option: 'roles' });
  }
  return { Version: '2012-10-17', Statement: statements };
}
