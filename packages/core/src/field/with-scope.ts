import { createAmbientValue } from '#ambient';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Scope } from '../keyring/key-door.ts';
import { scopeText } from './scope-text.ts';

const ambientScope = createAmbientValue<Scope>(Object.freeze({}));

/**
 * Runs `work` for one tenant, one subject or both: calls inside that name none are for these, and
 * calls that name others are refused.
 *
 * Scopes nest: a subject given inside keeps the tenant around it; another tenant drops the subject
 * around it, who belongs to the first one.
 *
 * @param scope - Each a text of 1 to 1,024 characters.
 * @returns what `work` returns, awaited inside the scope.
 * @throws `ERR_CONFIG_INVALID` for an empty or malformed name, `ERR_ENGINE_UNAVAILABLE` where the
 * platform has no AsyncLocalStorage.
 *
 * @example
 * ```ts
 * import { currentScope, withScope } from '@fieldseal/core';
 *
 * await withScope({ tenant: 'acme' }, () => currentScope().tenant); // 'acme'
 * ```
 */
export async function withScope<T>(scope: Scope, work: () => T | PromiseLike<T>): Promise<T> {
  for (const name of ['tenant', 'subject'] as const) {
    const value: unknown = scope[name];
    if (value === undefined || (typeof value === 'string' && scopeText(value) !== undefined))
      continue;
    const message = `The ${name} must be a text of 1 to 1,024 characters`;
    throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: name });
  }
  return ambientScope.run(Object.freeze(nested(currentScope(), scope)), work);
}

/** The scope around the caller, as `withScope` set it; empty outside of any. */
export function currentScope(): Scope {
  return ambientScope.current();
}

function nested(outer: Scope, inner: Scope): Scope {
  const tenant = inner.tenant ?? outer.tenant;
  const subject = inner.subject ?? (tenant === outer.tenant ? outer.subject : undefined);
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(subject === undefined ? {} : { subject }),
  };
}
