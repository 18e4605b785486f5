import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeyOperation } from '../../keys/key-states.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import type { AccessPrincipal, AccessRequest } from '../../policy/access-request.ts';
import type { PolicyAction } from '../../policy/policy-action.ts';
import type { FieldRight } from '../authorise-field.ts';
import type { JobRight } from '../job-right.ts';
import { requireState } from '../key-usability.ts';
import type { Principals } from '../principal.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { macAlgorithmOf } from './key-metadata.ts';

/** One operation on one key, before anything is done. */
export interface KeyAccess {
  readonly operation: KeyOperation;
  readonly key: KeyRecord;
  /** How the caller named the key. */
  readonly named?: string;
  readonly encryptionContext?: EncryptionContext;
  /** The alias that is made, moved or deleted: the caller needs the right to it as well. */
  readonly alias?: string;
  /** What else conditions of policies can ask for. */
  readonly facts?: Partial<AccessRequest>;
}

/** The same for what states have no say in. */
export type RightsAccess = Omit<KeyAccess, 'operation'> & {
  readonly operation: KeyOperation | 'RewrapDataKeys' | JobRight | FieldRight;
};

/** An operation of the key service as a whole. */
export interface ServiceAccess {
  readonly operation: PolicyAction &
    (
      | 'CreateKey'
      | 'ListKeys'
      | 'ListAliases'
      | 'ListRetirableGrants'
      | 'GenerateRandom'
      | 'RotateRootKey'
      | 'AddSlot'
      | 'RemoveSlot'
      | 'TestSlot'
      | 'ExportSlots'
      | 'AcceptRestoredStore'
      | 'VerifyAudit'
    );
  readonly facts?: Partial<AccessRequest>;
}

/** The decision on a request as of a snapshot: policies and grants, nothing of state. */
export type Decide = (snapshot: ControlSnapshot, request: AccessRequest) => AccessDecision;

/** Who asks, whether they may, and whether the key's state lets them: in this order. */
export interface Access {
  /**
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, and what the state says
   */
  key(snapshot: ControlSnapshot, access: KeyAccess): AccessDecision;
  /**
   * The same whatever the state of the key is.
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`
   */
  rights(snapshot: ControlSnapshot, access: RightsAccess): AccessDecision;
  /** @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED` */
  service(snapshot: ControlSnapshot, access: ServiceAccess): AccessDecision;
  /** The request that a policy would see; for explaining, nothing is checked. */
  request(
    snapshot: ControlSnapshot,
    access: RightsAccess,
    principal: AccessPrincipal,
  ): AccessRequest;
  readonly principals: Principals;
}

/** What policies and grants do not allow. */
export function denied(operation: string, keyId?: string): FieldsealError {
  const message = 'No policy or grant allows it, or a policy denies it; explainAccess says which';
  const meta = keyId === undefined ? { operation } : { operation, keyId };
  return new FieldsealError('ERR_ACCESS_DENIED', message, meta);
}

export function createAccess(options: {
  readonly principals: Principals;
  readonly decide: Decide;
  readonly now: () => number;
}): Access {
  const { principals, decide, now } = options;

  function request(
    snapshot: ControlSnapshot,
    { operation, key, named, encryptionContext, facts }: RightsAccess,
    principal: AccessPrincipal,
  ): AccessRequest {
    return {
      principal,
      action: operation,
      resource: keyResource(snapshot, key),
      now: now(),
      ...(encryptionContext === undefined ? {} : { encryptionContext }),
      ...(named?.startsWith('alias/') === true ? { requestAlias: named } : {}),
      ...macAlgorithmOf(operation, key),
      ...facts,
    };
  }

  function rights(snapshot: ControlSnapshot, access: RightsAccess): AccessDecision {
    const asked = request(snapshot, access, principals.asking());
    const decision = decide(snapshot, asked);
    const name = access.alias;
    const resource = { type: 'alias', name: name ?? '' } as const;
    const also = name === undefined ? decision : decide(snapshot, { ...asked, resource });
    if (!decision.allowed || !also.allowed) throw denied(access.operation, access.key.id);
    return decision;
  }

  return {
    principals,
    request,
    rights,
    key(snapshot, access) {
      const decision = rights(snapshot, access);
      // after the rights, so that nobody without them learns of the state
      requireState(snapshot, access.key, access.operation);
      return decision;
    },
    service(snapshot, { operation, facts }) {
      const decision = decide(snapshot, {
        principal: principals.asking(),
        action: operation,
        resource: { type: 'store' },
        now: now(),
        ...facts,
      });
      if (!decision.allowed) throw denied(operation);
      return decision;
    },
  };
}

/** A key as policies see it. */
export function keyResource(
  snapshot: ControlSnapshot,
  key: KeyRecord,
): AccessRequest['resource'] & { readonly type: 'key' } {
  const aliases = [...snapshot.aliases.values()].filter(({ keyId }) => keyId === key.id);
  const tags = snapshot.tags.get(key.id);
  return {
    type: 'key',
    id: key.id,
    spec: key.spec,
    usage: key.usage,
    origin: key.origin,
    aliases: aliases.map(({ name }) => name),
    ...(tags === undefined ? {} : { tags: Object.fromEntries(tags) }),
  };
}
