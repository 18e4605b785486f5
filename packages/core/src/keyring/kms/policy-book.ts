import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import type { KeyGrantRecord } from '../../keys/key-records.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import type { AccessRequest } from '../../policy/access-request.ts';
import { type CompiledPolicy, compilePolicy } from '../../policy/compile-policy.ts';
import { type AccessPolicies, decideAccess } from '../../policy/decide-access.ts';
import type { Grant, GrantTerms } from '../../policy/grant.ts';
import { grantWidens } from '../../policy/grant-widens.ts';
import { grantWithin } from '../../policy/grant-within.ts';
import type { PolicyAction } from '../../policy/policy-action.ts';
import type { PolicyDocument } from '../../policy/policy-document.ts';
import { type FactOfKey, policyAsksFor, policyDelegates } from '../../policy/policy-facts.ts';
import { type Approvals, approvalRequired } from './approvals.ts';
import type { ApproverKeys } from './approvers.ts';
import {
  DEFAULT_IDENTITY_POLICY,
  DEFAULT_KEY_POLICY,
  LEFT_TO_IDENTITIES,
} from './default-policies.ts';
import { createGrantIndexes } from './grant-index.ts';
import { grantOf, sameTerms } from './grant-terms.ts';
import { signedTerms } from './signed-content.ts';

/** Documents of the configuration: the same for all keys. */
export interface AccessOptions {
  /** Can only deny, whatever keys and identities allow. */
  readonly guardrails?: readonly (PolicyDocument | string)[];
  /**
   * What principals may do to the service as a whole, to aliases, and to keys whose policy leaves
   * it to identities. When absent, everybody may make and list keys and aliases, get random numbers
   * and verify the audit trail; nobody may replace the root key or accept a restored store.
   */
  readonly identityPolicies?: (principal: string) => readonly (PolicyDocument | string)[];
  /**
   * Public keys of approvers, by the names of their principals: lines of `id_ed25519.pub`, or 32
   * bytes in base64. With any, what gives somebody more rights takes the signature of one of them
   * who did not propose it, and every process checks it. Each key under one name.
   */
  readonly approvers?: ApproverKeys;
}

/** Compiled policies and the decisions on them. */
export interface PolicyBook {
  decide(snapshot: ControlSnapshot, request: AccessRequest): AccessDecision;
  /**
   * The decision on a key that is about to be made, and has no policy that could say anything yet.
   */
  decideOnNewKey(snapshot: ControlSnapshot, request: AccessRequest): AccessDecision;
  /** Everything that has a say about one key, with `document` instead of its policy if given. */
  policiesOf(snapshot: ControlSnapshot, request: AccessRequest, document?: string): AccessPolicies;
  /**
   * Whether a condition of a policy that has a say about a key asks for a fact of it. Policies of other
   * identities are not known here, so where they decide it is assumed.
   */
  asksFor(snapshot: ControlSnapshot, request: AccessRequest, fact: FactOfKey): boolean;
  /** The document of a key, also when it is the one that every key starts with. */
  documentOf(snapshot: ControlSnapshot, keyId: string): string;
  /** @throws `ERR_POLICY_MALFORMED` */
  compileKeyPolicy(document: string): CompiledPolicy;
}

const MAX_COMPILED = 1000;

/** What can be done with a policy that is not in force. */
const REPAIRS: readonly PolicyAction[] = ['GetKeyPolicy', 'PutKeyPolicy'];

export function createPolicyBook(options: AccessOptions, approvals: Approvals): PolicyBook {
  /** By kind, then by text: joined to one name, each decision would hash the document anew. */
  const compiled = new Map<CompiledPolicy['kind'], Map<string, CompiledPolicy>>();
  const grants = new WeakMap<KeyGrantRecord, Grant>();
  const indexed = createGrantIndexes();

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

  function termsOfGrant(record: KeyGrantRecord): GrantTerms {
    const { id: _, ...terms } = cachedGrant(record);
    return terms;
  }

  /** The policy in force, where approvers have to sign what gives more than there was. */
  function keyPolicyOf(
    snapshot: ControlSnapshot,
    keyId: string,
    action: PolicyAction,
  ): CompiledPolicy {
    const document = snapshot.policies.get(keyId);
    const policy = compile('key-policy', document ?? DEFAULT_KEY_POLICY);
    if (!approvals.required || approvals.permits(keyId, document)) return policy;
    // by its own word it is looked at and replaced; what replaces it is held to what is in force
    if (REPAIRS.includes(action)) return policy;
    throw approvalRequired(keyId, 'PutKeyPolicy');
  }

  /** Whether the grantee of another grant gave on what that one gives, and was allowed to. */
  function isGivenOn(record: KeyGrantRecord, parent: KeyGrantRecord): boolean {
    const mayGive = parent.grantee === record.issuer && parent.operations.includes('CreateGrant');
    return mayGive && grantWithin(cachedGrant(record), cachedGrant(parent));
  }

  function isSignedAsItIs(snapshot: ControlSnapshot, record: KeyGrantRecord): boolean {
    const { id, keyId } = record;
    const signed = approvals.signed(snapshot, { type: 'grant', id, keyId });
    const agreed = signed === undefined ? undefined : signedTerms(keyId, signed);
    return agreed !== undefined && sameTerms(agreed, termsOfGrant(record));
  }

  /** Whether a grant was signed as it is, or gives nothing that its key does not give anyway. */
  function isGrantInForce(
    snapshot: ControlSnapshot,
    record: KeyGrantRecord,
    keyPolicy: CompiledPolicy,
  ): boolean {
    const { byId } = indexed(snapshot.grants.get(record.keyId));
    // rows that somebody wrote may go round in a circle: nobody gave such a grant
    const seen = new Set<KeyGrantRecord>();
    for (let at = record; !seen.has(at); ) {
      if (isSignedAsItIs(snapshot, at)) return true;
      seen.add(at);
      const parent = at.parent === null ? undefined : byId.get(at.parent);
      if (parent === undefined || !isGivenOn(at, parent)) {
        return !grantWidens(termsOfGrant(at), { keyPolicy });
      }
      at = parent;
    }
    return false;
  }

  function grantsOf(
    snapshot: ControlSnapshot,
    { keyId, principal }: { readonly keyId: string; readonly principal: string },
    keyPolicy: CompiledPolicy,
  ): readonly Grant[] {
    const records = indexed(snapshot.grants.get(keyId)).of(principal);
    const inForce = approvals.required
      ? records.filter((record) => isGrantInForce(snapshot, record, keyPolicy))
      : records;
    return inForce.map(cachedGrant);
  }

  function policiesOf(
    snapshot: ControlSnapshot,
    { resource, principal, action }: AccessRequest,
    document?: string,
  ): AccessPolicies {
    const shared = { guardrails, identityPolicies: identityPolicies(principal.id) };
    if (resource.type !== 'key') return shared;
    const given = document === undefined ? undefined : compile('key-policy', document);
    const keyPolicy = given ?? keyPolicyOf(snapshot, resource.id, action);
    const asked = { keyId: resource.id, principal: principal.id };
    return { ...shared, keyPolicy, grants: grantsOf(snapshot, asked, keyPolicy) };
  }

  // without identity policies everybody makes keys, with the policy that lets everybody use them. An
  // allow among DEFAULT_IDENTITY_POLICY would count for all keys that leave it to identities, too
  const newKeyPolicy =
    options.identityPolicies === undefined ? DEFAULT_KEY_POLICY : LEFT_TO_IDENTITIES;

  function asksFor(snapshot: ControlSnapshot, request: AccessRequest, fact: FactOfKey): boolean {
    const { keyPolicy, identityPolicies: mine = [] } = policiesOf(snapshot, request);
    if (keyPolicy === undefined) return true;
    if (options.identityPolicies !== undefined && policyDelegates(keyPolicy)) return true;
    return [keyPolicy, ...guardrails, ...mine].some((policy) => policyAsksFor(policy, fact));
  }

  return {
    policiesOf,
    asksFor,
    decideOnNewKey: (snapshot, request) =>
      decideAccess(policiesOf(snapshot, request, newKeyPolicy), request),
    decide: (snapshot, request) => decideAccess(policiesOf(snapshot, request), request),
    documentOf: (snapshot, keyId) => snapshot.policies.get(keyId) ?? DEFAULT_KEY_POLICY,
    compileKeyPolicy: (document) => compile('key-policy', document),
  };
}
