import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../keys/control-snapshot.ts';
import type { Scope } from './key-door.ts';
import { type Decide, keyResource } from './kms/access.ts';
import type { Principals } from './principal.ts';

/** One use of a key by sealed fields, before anything is done with it. */
export interface KeyUse {
  /** Name of the call, such as `Customer.findMany`. */
  readonly operation: string;
  readonly snapshot: ControlSnapshot;
  /** Tokens are codes for messages. */
  readonly action: 'Encrypt' | 'Decrypt' | 'GenerateMac';
  readonly key: KeyRecord;
  readonly scope: Scope;
}

/**
 * Throws when the caller may not do this. Runs after validation and before any look at state.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`
 */
export type Authorise = (use: KeyUse) => void;

/** How long a yes is remembered; conditions on the time of day are that much late. */
const REMEMBERED_MS = 1000;
const MAX_REMEMBERED = 10_000;

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
  readonly now: () => number;
  readonly monotonic: () => number;
}): Authorise {
  const { principals, decide, now, monotonic } = options;
  let epoch: bigint | undefined;
  let allowed = new Map<string, number>();

  return ({ snapshot, action, key, scope }) => {
    const principal = principals.current();
    if (snapshot.epoch !== epoch || allowed.size >= MAX_REMEMBERED) {
      epoch = snapshot.epoch;
      allowed = new Map();
    }
    const question = `${action} ${key.id} ${principal}${named(scope.tenant)}${named(scope.subject)}`;
    const at = monotonic();
    if ((allowed.get(question) ?? -Infinity) > at - REMEMBERED_MS) return;
    const decision = decide(snapshot, {
      principal: { id: principal },
      action,
      resource: keyResource(snapshot, key),
      now: now(),
      encryptionContext: contextOf(scope),
    });
    if (!decision.allowed) {
      const message = `No policy or grant allows ${action}, or a policy denies it`;
      throw new FieldsealError('ERR_ACCESS_DENIED', message, {
        operation: action,
        keyId: key.id,
      });
    }
    allowed.set(question, at);
  };
}
