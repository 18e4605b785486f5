import type { AuditTrail } from '../../audit/audit-trail.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { POLICY_ACTIONS, type PolicyAction } from '../../policy/policy-action.ts';
import type { Principals } from '../principal.ts';

type Members = Readonly<Record<string, unknown>>;

/** An operation of the key service, whatever it takes and gives. */
export type Operation = (request: Members | undefined) => Promise<unknown>;

/** Members of requests that name a key, and of which of two keys an operation is about. */
const KEY_MEMBERS = ['KeyId', 'TargetKeyId', 'DestinationKeyId'] as const;
const CONTEXT_MEMBERS = ['EncryptionContext', 'SourceEncryptionContext'] as const;

function actionOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Whether the change itself writes the entry of a success, in its own transaction. */
function isChange(action: string): boolean {
  if (action === 'ReEncrypt' || action === 'ListProposals') return false;
  const facts = Object.hasOwn(POLICY_ACTIONS, action)
    ? POLICY_ACTIONS[action as PolicyAction]
    : undefined;
  return facts === undefined || !(facts.readOnly || facts.crypto);
}

function textOf(members: unknown, names: readonly string[]): string | undefined {
  if (typeof members !== 'object' || members === null) return undefined;
  for (const name of names) {
    const value = (members as Members)[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** Names and values that are text; what else an invalid request holds is nobody's business. */
function contextOf(request: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof request !== 'object' || request === null) return undefined;
  for (const name of CONTEXT_MEMBERS) {
    const given = (request as Members)[name];
    if (typeof given !== 'object' || given === null) continue;
    const pairs = Object.entries(given).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(pairs) as Readonly<Record<string, string>>;
  }
  return undefined;
}

/**
 * Lets an operation leave a trace: its success, where the change does not say so by itself, and
 * each failure with its code. Nothing is done that could not leave one.
 */
export function audited(options: {
  readonly name: string;
  readonly operation: Operation;
  readonly principals: Principals;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
  readonly check: () => void;
}): Operation {
  const { name, operation, principals, trail, check } = options;
  const action = actionOf(name);
  const readOnly = !isChange(action);

  function record(request: unknown, keyId: string | undefined, errorCode?: string): void {
    const context = contextOf(request);
    trail.record({
      principal: principals.orService(),
      action,
      readOnly,
      ...(keyId === undefined ? {} : { keyId }),
      ...(context === undefined ? {} : { context }),
      ...(errorCode === undefined ? {} : { errorCode }),
    });
  }

  return async (request) => {
    check();
    trail.check();
    try {
      const result = await operation(request);
      if (readOnly) {
        record(request, textOf(result, ['KeyId']) ?? textOf(request, KEY_MEMBERS));
      }
      return result;
    } catch (error) {
      const isOurs = error instanceof FieldsealError;
      const keyId = (isOurs ? error.meta.keyId : undefined) ?? textOf(request, KEY_MEMBERS);
      record(request, keyId, isOurs ? error.code : 'ERR_INTERNAL');
      throw error;
    }
  };
}
