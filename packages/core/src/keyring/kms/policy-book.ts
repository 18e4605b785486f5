import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import type { KeyGrantRecord } from '../../keys/key-records.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import type { AccessRequest } from '../../policy/access-request.ts';
import { type CompiledPolicy, compilePolicy } from '../../policy/compile-policy.ts';
import { type AccessPolicies, decideAccess } from '../../policy/decide-access.ts';
import { findWidening } from '../../policy/find-widening.ts';
import type { Grant } from '../../policy/grant.ts';
import { grantWidens } from '../../policy/grant-widens.ts';
import { grantWithin } from '../../policy/grant-within.ts';
import {
  POLICY_ACTION_NAMES,
  POLICY_ACTIONS,
  type PolicyAction,
} from '../../policy/policy-action.ts';
import type { PolicyDocument } from '../../policy/policy-document.ts';
import { type Approvals, approvalRequired } from './approvals.ts';
import type { ApproverKeys } from './approvers.ts';
import { grantOf, sameTerms } from './grant-terms.ts';
import { signedPolicy, signedTerms } from './signed-content.ts';

/** Documents of the configuration: the same for all keys. */
export interface AccessOptions {
  /** Can only deny, whatever keys and identities allow. */
  readonly guardrails?: readonly (PolicyDocument | string)[];
  /**
   * What principals may do to the service as a whole, to aliases, and to keys whose policy leaves
   * it to identities. Everybody may make keys, aliases and random numbers when absent.
   */
  readonly identityPolicies?: (principal: string) => readonly (PolicyDocument | string)[];
  /**
   * Public keys of approvers, by the names of their principals: lines of `id_ed25519.pub`, or 32
   * bytes in base64. With any, what gives somebody more rights takes the signature of one of them
   * who did not propose it, and every process checks it.
   */
  readonly approvers?: ApproverKeys;
}

/** Compiled policies and the decisions on them. */
export interface PolicyBook {
  decide(snapshot: ControlSnapshot, request: AccessRequest): AccessDecision;
  /** Everything that has a say about one key, with `document` instead of its policy if given. */
  policiesOf(snapshot: ControlSnapshot, request: AccessRequest, document?: string): AccessPolicies;
  /** The document of a key, also when it is the one that every key starts with. */
  documentOf(snapshot: ControlSnapshot, keyId: string): string;
  /** @throws `ERR_POLICY_MALFORMED` */
  compileKeyPolicy(document: string): CompiledPolicy;
}

function actionsOn(type: 'key' | 'alias' | 'store'): readonly string[] {
  const on = (name: PolicyAction): boolean => POLICY_ACTIONS[name].on.includes(type);
  return POLICY_ACTION_NAMES.filter(on).map((name) => `fieldseal:${name}`);
}

/** What AWS says of a new key: the account may use it, here the environment. */
const DEFAULT_KEY_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Id: 'default',
  Statement: [
    {
      Sid: 'EverybodyInThisEnvironment',
      Effect: 'Allow',
      Principal: '*',
      Action: actionsOn('key'),
      Resource: '*',
    },
  ],
});

const DEFAULT_IDENTITY_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Id: 'default',
  Statement: [
    {
      Sid: 'KeysAndAliases',
      Effect: 'Allow',
      Action: [...new Set([...actionsOn('store'), ...actionsOn('alias')])],
      Resource: '*',
    },
  ],
});

const MAX_COMPILED = 1000;

export function createPolicyBook(options: AccessOptions, approvals: Approvals): PolicyBook {
  /** By kind, then by text: joined to one name, each decision would hash the document anew. */
  const compiled = new Map<CompiledPolicy['kind'], Map<string, CompiledPolicy>>();
  const grants = new WeakMap<KeyGrantRecord, Grant>();

  function compile(kind: CompiledPolicy['kind'], given: PolicyDocument | string): CompiledPolicy {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const ofKind = compiled.get(kind) ?? new Map<string, CompiledPolicy>();
    compiled.set(kind, ofKind);
    let policy = ofKind.get(text);
    if (policy === undefined) {
      policy = compilePolicy(text, { kind });
      // documents change rarely; whoever makes up a million of them gets no memory of ours
      if (ofKind.size >= MAX_COMPILED) ofKind.clear();
      ofKind.set(text, policy);
    }
    return policy;
  }

  const guardrails = (options.guardrails ?? []).map((document) => compile('guardrail', document));

  function identityPolicies(principal: string): readonly CompiledPolicy[] {
    const documents = options.identityPolicies?.(principal) ?? [DEFAULT_IDENTITY_POLICY];
    return documents.map((document) => compile('identity-policy', document));
  }

  function cachedGrant(record: KeyGrantRecord): Grant {
    const known = grants.get(record) ?? grantOf(record);
    grants.set(record, known);
    return known;
  }

  /** The policy in force: what was signed or gives less, where approvers have to sign. */
  function keyPolicyOf(snapshot: ControlSnapshot, keyId: string): CompiledPolicy {
    const policy = compile('key-policy', snapshot.policies.get(keyId) ?? DEFAULT_KEY_POLICY);
    if (!approvals.required) return policy;
    const signed = approvals.signed(snapshot, { type: 'policy', id: keyId, keyId });
    const document = signed === undefined ? DEFAULT_KEY_POLICY : signedPolicy(signed);
    if (findWidening(compile('key-policy', document), policy) === undefined) return policy;
    throw approvalRequired(keyId, 'PutKeyPolicy');
  }

  /** Whether a grant was signed as it is, or gives nothing that its key does not give anyway. */
  function isGrantInForce(
    snapshot: ControlSnapshot,
    record: KeyGrantRecord,
    keyPolicy: CompiledPolicy,
  ): boolean {
    const { id, keyId } = record;
    const { id: _, ...terms } = cachedGrant(record);
    const signed = approvals.signed(snapshot, { type: 'grant', id, keyId });
    if (signed !== undefined && sameTerms(signedTerms(keyId, signed), terms)) return true;
    const others = snapshot.grants.get(keyId) ?? [];
    const parent = others.find((other) => other.id === record.parent);
    const isGivenOn = parent !== undefined && grantWithin(terms, cachedGrant(parent));
    if (isGivenOn) return isGrantInForce(snapshot, parent, keyPolicy);
    return !grantWidens(terms, { keyPolicy });
  }

  function grantsOf(
    snapshot: ControlSnapshot,
    keyId: string,
    keyPolicy: CompiledPolicy,
  ): readonly Grant[] {
    const records = snapshot.grants.get(keyId) ?? [];
    const inForce = approvals.required
      ? records.filter((record) => isGrantInForce(snapshot, record, keyPolicy))
      : records;
    return inForce.map(cachedGrant);
  }

  function policiesOf(
    snapshot: ControlSnapshot,
    { resource, principal }: AccessRequest,
    document?: string,
  ): AccessPolicies {
    const shared = { guardrails, identityPolicies: identityPolicies(principal.id) };
    if (resource.type !== 'key') return shared;
    const given = document === undefined ? undefined : compile('key-policy', document);
    const keyPolicy = given ?? keyPolicyOf(snapshot, resource.id);
    return { ...shared, keyPolicy, grants: grantsOf(snapshot, resource.id, keyPolicy) };
  }

  return {
    policiesOf,
    decide: (snapshot, request) => decideAccess(policiesOf(snapshot, request), request),
    documentOf: (snapshot, keyId) => snapshot.policies.get(keyId) ?? DEFAULT_KEY_POLICY,
    compileKeyPolicy: (document) => compile('key-policy', document),
  };
}
