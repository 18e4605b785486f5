import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import type { AccessRequest, AccessResource } from '../../policy/access-request.ts';
import {
  POLICY_ACTION_NAMES,
  POLICY_ACTIONS,
  type PolicyAction,
} from '../../policy/policy-action.ts';
import { checkCustomerAlias } from '../alias.ts';
import { readPrincipal } from '../principal.ts';
import { type KeyAccess, keyResource } from './access.ts';
import { type EncryptionContext, encryptionContext } from './encryption-context.ts';
import { type ExplainedRequest, explainedFacts } from './explained-request.ts';
import { type KmsParts, namedKey } from './kms-parts.ts';
import { boundedText, checkMembers, invalidRequest, oneOf } from './request.ts';

export interface ExplainAccessRequest {
  readonly KeyId: string;
  /** Any action of policies, such as `Decrypt` or `CreateKey`. */
  readonly Operation: PolicyAction;
  /** Whoever asks when absent. */
  readonly Principal?: string;
  /** Those of `Principal`; of whoever asks when both are absent. */
  readonly PrincipalTags?: Readonly<Record<string, string>>;
  readonly EncryptionContext?: EncryptionContext;
  /** The adapter of a sealed field, such as `prisma`. */
  readonly ViaService?: string;
  /** What the call takes besides, as far as policies ask for it; as the call does without it. */
  readonly Request?: ExplainedRequest;
}

const MEMBERS = [
  'KeyId',
  'Operation',
  'Principal',
  'PrincipalTags',
  'EncryptionContext',
  'ViaService',
  'Request',
];

/** Answers what would be decided, with the statement or grant that decides. */
export interface ExplainAccess {
  /**
   * Says what policies and grants would answer, and which statement decides. An operation on more
   * than one thing, such as an alias and its key, is asked on each, and the first refusal is the
   * answer. Takes `ExplainAccess` on the key, and for `UpdateAlias` on the one that loses the alias. Nothing
   * is done, and the state of the key is not asked.
   * @throws `ERR_REQUEST_INVALID`, also where the operation needs a member of `Request`;
   * `ERR_KEY_NOT_FOUND`, `ERR_ACCESS_DENIED`
   */
  explainAccess(request: ExplainAccessRequest): Promise<AccessDecision>;
}

/** The key that loses an alias, which has a say as well. */
function loserOf(
  { keys, aliases }: ControlSnapshot,
  operation: PolicyAction,
  alias: string | undefined,
): KeyRecord | undefined {
  return operation === 'UpdateAlias' ? keys.get(aliases.get(alias ?? '')?.keyId ?? '') : undefined;
}

/** Everything that an operation is about: the caller needs the right to each. */
function resourcesOf(
  snapshot: ControlSnapshot,
  operation: PolicyAction,
  { key, alias = '' }: { readonly key: KeyRecord; readonly alias: string | undefined },
): readonly AccessResource[] {
  const { on } = POLICY_ACTIONS[operation];
  const holder = loserOf(snapshot, operation, alias);
  return [
    ...(on.includes('store') ? [{ type: 'store' } as const] : []),
    ...(on.includes('key') ? [keyResource(snapshot, key)] : []),
    ...(holder === undefined ? [] : [keyResource(snapshot, holder)]),
    ...(on.includes('alias') ? [{ type: 'alias', name: alias } as const] : []),
  ];
}

export function createExplainAccess(parts: KmsParts): ExplainAccess {
  const { access, control, policies, primitives } = parts;

  function askedBy({ Principal, PrincipalTags }: ExplainAccessRequest) {
    if (Principal === undefined && PrincipalTags === undefined) return access.principals.asking();
    if (Principal !== undefined && readPrincipal(Principal) === undefined) {
      throw invalidRequest('Principal', 'Must be the name of a principal');
    }
    const id = Principal ?? access.principals.current();
    const tags = PrincipalTags === undefined ? {} : { tags: PrincipalTags };
    const principal = readPrincipal({ id, ...tags });
    if (principal !== undefined) return principal;
    throw invalidRequest('PrincipalTags', 'Must be tags of a principal: names and texts');
  }

  return {
    async explainAccess(request) {
      checkMembers(request, MEMBERS);
      const { KeyId, ViaService, Request = {} } = request;
      const operation = oneOf('Operation', request.Operation, POLICY_ACTION_NAMES);
      const context = encryptionContext('EncryptionContext', request.EncryptionContext);
      const facts = explainedFacts(operation, Request, {
        keyId: String(KeyId),
        now: primitives.clock.now(),
      });
      const { AliasName } = Request;
      if (POLICY_ACTIONS[operation].on.includes('alias')) checkCustomerAlias(AliasName as string);
      const via =
        ViaService === undefined
          ? {}
          : { viaService: boundedText('ViaService', ViaService, 1, 256) };
      const principal = askedBy(request);
      const snapshot = control.snapshot();
      const key = namedKey(snapshot, 'KeyId', KeyId, 'alias');
      access.rights(snapshot, { operation: 'ExplainAccess', key });
      const loser = loserOf(snapshot, operation, AliasName);
      // what its policy answers is for those who may ask it
      if (loser !== undefined) access.rights(snapshot, { operation: 'ExplainAccess', key: loser });
      const named = { key, named: KeyId, encryptionContext: context };
      const asOfKey = { operation: operation as KeyAccess['operation'], ...named };
      const asked: AccessRequest = {
        ...access.request(snapshot, asOfKey, principal),
        ...via,
        ...facts,
        ...(facts.newGrant === undefined ? {} : { newGrant: { ...facts.newGrant, keyId: key.id } }),
      };

      const resources =
        facts.resource === undefined
          ? resourcesOf(snapshot, operation, { key, alias: AliasName })
          : [facts.resource];
      const decisions = resources.map((resource) =>
        policies.decide(snapshot, { ...asked, resource }),
      );
      return (decisions.find(({ allowed }) => !allowed) ?? decisions[0]) as AccessDecision;
    },
  };
}
