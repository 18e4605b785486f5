import { FieldsealError } from '../errors/fieldseal-error.ts';
import { type AccessDecision, IMPLICIT_DENY } from './access-decision.ts';
import type { AccessRequest, AccessResource } from './access-request.ts';
import type { CompiledPolicy, CompiledStatement } from './compile-policy.ts';
import type { Grant } from './grant.ts';
import { grantApplies } from './grant-applies.ts';
import type { PolicyKind } from './parse-statement.ts';
import { POLICY_ACTIONS, policyActionNumber } from './policy-action.ts';

/** All that can speak for or against a request. */
export interface AccessPolicies {
  readonly guardrails?: readonly CompiledPolicy[];
  /** The policy of the key that the request is about. Without one nobody may use the key. */
  readonly keyPolicy?: CompiledPolicy;
  /** Policies of the principal. They allow where the key policy says so, and deny everywhere. */
  readonly identityPolicies?: readonly CompiledPolicy[];
  /** Grants of the key; those of other principals are passed over. */
  readonly grants?: readonly Grant[];
}

type Statements = 'denies' | 'allows' | 'delegates';

/** One request while it is decided. */
interface Question {
  readonly request: AccessRequest;
  readonly action: number;
  readonly resource: string;
}

function resourceText(resource: AccessResource): string {
  switch (resource.type) {
    case 'key':
      return `key/${resource.id}`;
    case 'alias':
      return resource.name;
    case 'store':
      return 'store';
  }
}

/** A policy read as another kind would not say what its author meant. */
function requireKind(policies: readonly CompiledPolicy[], kind: PolicyKind): void {
  for (const policy of policies) {
    if (policy.kind !== kind) {
      throw new FieldsealError('ERR_INTERNAL', `A ${policy.kind} was given as a ${kind}`);
    }
  }
}

function find(
  policies: readonly CompiledPolicy[],
  statements: Statements,
  { request, action, resource }: Question,
): CompiledStatement | undefined {
  for (const policy of policies) {
    for (const statement of policy[statements][action] as readonly CompiledStatement[]) {
      if (statement.applies(request, resource)) return statement;
    }
  }
  return undefined;
}

/** What identity policies may allow: all that is about no key, and keys whose policy says so. */
function identityAllow(
  keyPolicies: readonly CompiledPolicy[],
  identity: readonly CompiledPolicy[],
  question: Question,
): AccessDecision | undefined {
  if (identity.length === 0) return undefined;
  if (question.request.resource.type !== 'key') return find(identity, 'allows', question)?.decision;
  const delegate = find(keyPolicies, 'delegates', question);
  if (delegate === undefined) return undefined;
  const allow = find(identity, 'allows', question);
  return allow && Object.freeze({ ...allow.decision, delegatedBy: delegate.name });
}

function grantAllow(grants: readonly Grant[], request: AccessRequest): AccessDecision | undefined {
  for (const grant of grants) {
    if (grantApplies(grant, request)) {
      const source = Object.freeze({ type: 'grant', id: grant.id } as const);
      return Object.freeze({ allowed: true, reason: 'grant', source });
    }
  }
  return undefined;
}

const NONE: readonly never[] = Object.freeze([]);

/**
 * Decides one request, in the order of AWS: an explicit deny anywhere, then an allow of the key
 * policy, an allow of an identity policy where the key policy leaves it to them, a grant; nothing
 * else is allowed. The order of statements and policies never changes whether it is allowed.
 */
export function decideAccess(policies: AccessPolicies, request: AccessRequest): AccessDecision {
  const { guardrails = NONE, keyPolicy, identityPolicies = NONE, grants = NONE } = policies;
  const action = policyActionNumber(request.action);
  if (action === -1 || !POLICY_ACTIONS[request.action].on.includes(request.resource.type)) {
    return IMPLICIT_DENY;
  }
  const isKey = request.resource.type === 'key';
  const keyPolicies = isKey && keyPolicy !== undefined ? [keyPolicy] : NONE;
  requireKind(guardrails, 'guardrail');
  requireKind(keyPolicies, 'key-policy');
  requireKind(identityPolicies, 'identity-policy');
  const question = { request, action, resource: resourceText(request.resource) };
  const deny =
    find(guardrails, 'denies', question) ??
    find(keyPolicies, 'denies', question) ??
    find(identityPolicies, 'denies', question);
  if (deny !== undefined) return deny.decision;
  return (
    find(keyPolicies, 'allows', question)?.decision ??
    identityAllow(keyPolicies, identityPolicies, question) ??
    grantAllow(grants, request) ??
    IMPLICIT_DENY
  );
}
