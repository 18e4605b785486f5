import type { AccessRequest } from './access-request.ts';
import type { Grant } from './grant.ts';
import { grantWithin, pairsEqual, pairsWithin } from './grant-within.ts';
import { POLICY_ACTIONS } from './policy-action.ts';

function inTime({ notBefore, notAfter }: Grant, now: number): boolean {
  // written so that a time that is no number is outside
  return now >= (notBefore ?? -Infinity) && now < (notAfter ?? Infinity);
}

/** Management has no context to constrain (AWS); all else has to have what the grant asks for. */
function meetsConstraints({ constraints }: Grant, request: AccessRequest): boolean {
  if (constraints === undefined || !POLICY_ACTIONS[request.action].crypto) return true;
  const context = request.encryptionContext ?? {};
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints;
  if (equals !== undefined && !pairsEqual(equals, context)) return false;
  return subset === undefined || pairsWithin(subset, context);
}

/** Whoever may retire a grant by the grant itself: its retiring principal, or a grantee with the operation. */
function mayRetire(grant: Grant, request: AccessRequest): boolean {
  if (request.grantId !== grant.id) return false;
  const { id } = request.principal;
  if (grant.retiringPrincipal === id) return true;
  return grant.granteePrincipal === id && grant.operations.includes('RetireGrant');
}

/** Whether a grant allows a request. A grant that allows making grants allows none that is wider. */
export function grantApplies(grant: Grant, request: AccessRequest): boolean {
  const { action, resource, principal, newGrant } = request;
  if (grant.retired || resource.type !== 'key' || resource.id !== grant.keyId) return false;
  if (!POLICY_ACTIONS[action].grantable) return false;
  if (action === 'RetireGrant') return mayRetire(grant, request);
  if (grant.granteePrincipal !== principal.id || !grant.operations.includes(action)) return false;
  if (!inTime(grant, request.now) || !meetsConstraints(grant, request)) return false;
  if (action !== 'CreateGrant') return true;
  return newGrant !== undefined && grantWithin(newGrant, grant);
}
