import type { AuditTrail } from '../../audit/audit-trail.ts';
import { failureFacts } from '../../audit/failure-facts.ts';
import { POLICY_ACTIONS, type PolicyAction } from '../../policy/policy-action.ts';
import type { Principals } from '../principal.ts';
import { isKeyName } from './key-name.ts';

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
  if (['ReEncrypt', 'ListProposals', 'ListShreds'].includes(action)) return false;
  const facts = Object.hasOwn(POLICY_ACTIONS, action)
    ? POLICY_ACTIONS[action as PolicyAction]
    : undefined;
  return facts === undefined || !(facts.readOnly || facts.crypto);
}

/** The key that a request or a result names; what cannot be the name of one is kept nowhere. */
function keyNameOf(members: unknown, names: readonly string[]): string | undefined {
  if (typeof members !== 'object' || members === null) return undefined;
  for (const name of names) {
    const value = (members as Members)[name];
    if (typeof value === 'string') return isKeyName(value) ? value : undefined;
  }
  return undefined;
}

type Context = Readonly<Record<string, string>>;

/** Names and values that are text; what else an invalid request holds is nobody's business. */
function textPairs(given: object): Context {
  const pairs = Object.entries(given).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(pairs) as Context;
}

/** The context of a call: what it was given as such, or whose data it is about. */
function contextOf(request: unknown): Context | undefined {
  if (typeof request !== 'object' || request === null) return undefined;
  const members = request as Members;
  for (const name of CONTEXT_MEMBERS) {
    const given = members[name];
    if (typeof given === 'object' && given !== null) return textPairs(given);
  }
  const { Tenant: tenant, Subject: subject } = members;
  const scope = textPairs({ tenant, subject });
  return Object.keys(scope).length === 0 ? undefined : scope;
}

/** A dry run that has an answer, such as a count, where others have an error that says so. */
function isAnsweredDryRun(request: Members | undefined): boolean {
  return request?.DryRun === true;
}

/** A request as it is now. What cannot be copied is no request, and is refused as such. */
function copyOf(request: Members | undefined): Members | undefined {
  try {
    return structuredClone(request);
  } catch {
    return undefined;
  }
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
  /** Throws when nothing may be done; what it gives is waited for first. */
  readonly check: () => Promise<void> | undefined;
}): Operation {
  const { name, operation, principals, trail, check } = options;
  const action = actionOf(name);
  const readOnly = !isChange(action);

  function record(request: unknown, keyId: string | undefined, errorCode?: string): void {
    const context = contextOf(request);
    trail.record({
      principal: principals.orNobody(),
      action,
      readOnly,
      ...(keyId === undefined ? {} : { keyId }),
      ...(context === undefined ? {} : { context }),
      ...(errorCode === undefined ? {} : { errorCode }),
    });
  }

  function recordUse(request: unknown, result: unknown): void {
    const keyId = keyNameOf(result, ['KeyId']) ?? keyNameOf(request, KEY_MEMBERS);
    record(request, keyId);
    // a key that something was moved away from was used as well
    const source = keyNameOf(result, ['SourceKeyId']);
    if (source !== undefined && source !== keyId) record(request, source);
  }

  async function run(request: Members | undefined): Promise<unknown> {
    try {
      const result = await operation(request);
      if (isAnsweredDryRun(request)) record(request, undefined, 'ERR_DRY_RUN');
      else if (readOnly) recordUse(request, result);
      return result;
    } catch (error) {
      const { keyId, errorCode } = failureFacts(error);
      record(request, keyId ?? keyNameOf(request, KEY_MEMBERS), errorCode);
      throw error;
    }
  }

  return async (given) => {
    const waiting = check();
    trail.check();
    if (waiting === undefined) return run(given);
    // what the caller changes while this waits is not what was asked for
    const request = copyOf(given);
    await waiting;
    return run(request);
  };
}
