import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import type { KeyGrantRecord } from '../../keys/key-records.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import type { AccessRequest } from '../../policy/access-request.ts';
import { type CompiledPolicy, compilePolicy } from '../../policy/compile-policy.ts';
import { type AccessPolicies, decideAccess } from '../../policy/decide-access.ts';
import type { Grant } from '../../policy/grant.ts';
import {
  POLICY_ACTION_NAMES,
  POLICY_ACTIONS,
  type PolicyAction,
} from '../../policy/policy-action.ts';
import type { PolicyDocument } from '../../policy/policy-document.ts';

/** Documents of the configuration: the same for all keys. */
export interface AccessOptions {
  /** Can only deny, whatever keys and identities allow. */
  readonly guardrails?: readonly (PolicyDocument | string)[];
  /**
   * What principals may do to the service as a whole, to aliases, and to keys whose policy leaves
   * it to identities. Everybody may make keys, aliases and random numbers when absent.
   */
  readonly identityPolicies?: (principal: string) => readonly (PolicyDocument | string)[];
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

/** A grant as policies see it: times in milliseconds. */
export function grantOf(record: KeyGrantRecord): Grant {
  const { id, keyId, grantee, retiring, operations, constraints, notBefore, notAfter } = record;
  const equals = constraints?.EncryptionContextEquals;
  const subset = constraints?.EncryptionContextSubset;
  const asked = {
    ...(equals === undefined ? {} : { encryptionContextEquals: equals }),
    ...(subset === undefined ? {} : { encryptionContextSubset: subset }),
  };
  return {
    id,
    keyId,
    granteePrincipal: grantee,
    operations: operations as readonly PolicyAction[],
    ...(retiring === null ? {} : { retiringPrincipal: retiring }),
    ...(constraints === null ? {} : { constraints: asked }),
    ...(notBefore === null ? {} : { notBefore: Number(notBefore / 1000n) }),
    ...(notAfter === null ? {} : { notAfter: Number(notAfter / 1000n) }),
  };
}

export function createPolicyBook(options: AccessOptions): PolicyBook {
  const compiled = new Map<string, CompiledPolicy>();
  const grants = new WeakMap<KeyGrantRecord, Grant>();

  function compile(kind: CompiledPolicy['kind'], given: PolicyDocument | string): CompiledPolicy {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const name = `${kind} ${text}`;
    let policy = compiled.get(name);
    if (policy === undefined) {
      policy = compilePolicy(text, { kind });
      // documents change rarely; whoever makes up a million of them gets no memory of ours
      if (compiled.size >= MAX_COMPILED) compiled.clear();
      compiled.set(name, policy);
    }
    return policy;
  }

  const guardrails = (options.guardrails ?? []).map((document) => compile('guardrail', document));

  function identityPolicies(principal: string): readonly CompiledPolicy[] {
    const documents = options.identityPolicies?.(principal) ?? [DEFAULT_IDENTITY_POLICY];
    return documents.map((document) => compile('identity-policy', document));
  }

  function grantsOf(snapshot: ControlSnapshot, keyId: string): readonly Grant[] {
    return (snapshot.grants.get(keyId) ?? []).map((record) => {
      const known = grants.get(record) ?? grantOf(record);
      grants.set(record, known);
      return known;
    });
  }

  function policiesOf(
    snapshot: ControlSnapshot,
    { resource, principal }: AccessRequest,
    document?: string,
  ): AccessPolicies {
    const shared = { guardrails, identityPolicies: identityPolicies(principal.id) };
    if (resource.type !== 'key') return shared;
    const text = document ?? snapshot.policies.get(resource.id) ?? DEFAULT_KEY_POLICY;
    const keyPolicy = compile('key-policy', text);
    return { ...shared, keyPolicy, grants: grantsOf(snapshot, resource.id) };
  }

  return {
    policiesOf,
    decide: (snapshot, request) => decideAccess(policiesOf(snapshot, request), request),
    documentOf: (snapshot, keyId) => snapshot.policies.get(keyId) ?? DEFAULT_KEY_POLICY,
    compileKeyPolicy: (document) => compile('key-policy', document),
  };
}
