import type { AuditTrail } from '../audit/audit-trail.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../keys/control-snapshot.ts';
import type { Scope } from './key-door.ts';
import { requireState } from './key-usability.ts';
import { type Decide, denied, keyResource } from './kms/access.ts';
import { macAlgorithmOf } from './kms/key-metadata.ts';
import { decisionName } from './kms/kms-parts.ts';
import type { AskingPrincipal, Principals } from './principal.ts';

/** One use of a key by sealed fields, before anything is done with it. */
export interface KeyUse {
  /** Name of the call, such as `Customer.findMany`. */
  readonly operation: string;
  readonly snapshot: ControlSnapshot;
  /** Tokens are codes for messages. */
  readonly action: 'Encrypt' | 'Decrypt' | 'GenerateMac';
  readonly key: KeyRecord;
  readonly scope: Scope;
  /** The alias by which the key was named; absent for keys that cells name. */
  readonly alias?: string;
  /** The adapter through which the call came. */
  readonly via?: string;
}

/**
 * Throws when the caller may not do this, or the state of the key does not let them; either way it
 * is in the audit trail.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_AUDIT_UNAVAILABLE`, and what the state
 * says
 */
export type Authorise = (use: KeyUse) => void;

/** How long a yes is remembered; conditions on the time of day are that much late. */
const REMEMBERED_MS = 1000;
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly at: number;
  readonly decision: string;
}

/** Tenant and subject, as conditions of policies and constraints of grants name them. */
function contextOf({ tenant, subject }: Scope): Readonly<Record<string, string>> {
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(subject === undefined ? {} : { subject }),
  };
}

/** With its length, so that no two scopes are the same question. */
function named(part: string | undefined): string {
  return part === undefined ? ' -' : ` ${part.length}:${part}`;
}

/**
 * Asks policies and grants, once a second for the same question: every read of every row asks it.
 * What changes in the store is asked anew at once.
 */
export function createAuthorise(options: {
  readonly principals: Principals;
  readonly decide: Decide;
  readonly trail: Pick<AuditTrail, 'record'>;
  readonly now: () => number;
  readonly monotonic: () => number;
}): Authorise {
  const { principals, decide, trail, now, monotonic } = options;
  let epoch: bigint | undefined;
  let remembered = new Map<string, Remembered>();

  /** The name of what allows it, asked anew or as of less than a second ago. */
  function decisionOn(use: KeyUse, principal: AskingPrincipal): string {
    const { snapshot, action, key, scope, alias, via } = use;
    if (snapshot.epoch !== epoch || remembered.size >= MAX_REMEMBERED) {
      epoch = snapshot.epoch;
      remembered = new Map();
    }
    const names = [principal.question, scope.tenant, scope.subject, alias, via].map(named).join('');
    const question = `${action} ${key.id}${names}`;
    const at = monotonic();
    const known = remembered.get(question);
    if (known !== undefined && known.at > at - REMEMBERED_MS) return known.decision;
    const asked = decide(snapshot, {
      principal,
      action,
      resource: keyResource(snapshot, key),
      now: now(),
      encryptionContext: contextOf(scope),
      ...(alias?.startsWith('alias/') === true ? { requestAlias: alias } : {}),
      ...(via === undefined ? {} : { viaService: via }),
      ...macAlgorithmOf(action, key),
    });
    if (!asked.allowed) throw denied(action, key.id);
    const decision = decisionName(asked);
    remembered.set(question, { at, decision });
    return decision;
  }

  return (use) => {
    const { snapshot, action, key } = use;
    const asking = principals.asking();
    const principal = asking.id;
    const keyId = key.id;
    try {
      const decision = decisionOn(use, asking);
      // after the rights, so that nobody without them learns of the state
      requireState(snapshot, key, action);
      // each by its name: spreading them would cost more than all the rest of the question
      trail.record({ principal, action, keyId, readOnly: true, decision });
    } catch (error) {
      if (error instanceof FieldsealError && !error.code.startsWith('ERR_AUDIT')) {
        trail.record({ principal, action, keyId, readOnly: true, errorCode: error.code });
      }
      throw error;
    }
  };
}
