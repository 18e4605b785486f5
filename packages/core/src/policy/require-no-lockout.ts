import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { AccessRequest } from './access-request.ts';
import { type AccessPolicies, decideAccess } from './decide-access.ts';

/**
 * The safety check of `PutKeyPolicy` and `CreateKey`: with the new key policy, may the caller put
 * the next one? `request` is that of the call, about the key (of `CreateKey`: about the key to be
 * made). All else is taken as it is now, so a policy that locks the caller out tomorrow passes.
 *
 * @throws `ERR_POLICY_MALFORMED`, as AWS KMS answers `MalformedPolicyDocumentException`
 */
export function requireNoLockout(policies: AccessPolicies, request: AccessRequest): void {
  const next = { ...request, action: 'PutKeyPolicy' } as const;
  if (decideAccess(policies, next).allowed) return;
  const message =
    'The new key policy would not allow you to put another one; let the caller have PutKeyPolicy';
  throw new FieldsealError('ERR_POLICY_MALFORMED', message, {
    option: 'bypassPolicyLockoutSafetyCheck',
    ...(request.resource.type === 'key' ? { keyId: request.resource.id } : {}),
  });
}
