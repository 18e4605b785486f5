import type { CompiledPolicy } from './compile-policy.ts';
import type { Grant, GrantTerms } from './grant.ts';
import { grantWithin } from './grant-within.ts';
import { policyActionNumber } from './policy-action.ts';
import { statementCovers } from './statement-covers.ts';
import { compileWildcard } from './wildcard.ts';

/** Whether statements without conditions allow it already, whatever the request. */
function allowedBy(policy: CompiledPolicy, terms: GrantTerms, action: number): boolean {
  const asked = {
    index: -1,
    sid: undefined,
    effect: 'Allow',
    principals: { type: 'names', patterns: [compileWildcard(terms.granteePrincipal)] },
    actions: new Set([action]),
    resources: { patterns: [compileWildcard(`key/${terms.keyId}`)], inverted: false },
    conditions: [],
  } as const;
  return policy.statements.some(
    (statement) =>
      statement.effect === 'Allow' &&
      statement.actions.has(action) &&
      statementCovers(statement, asked),
  );
}

/**
 * Whether a new grant gives its grantee something that neither the key policy nor a grant of today
 * gives, for the rule of four eyes. Careful: what it cannot tell widens.
 */
export function grantWidens(
  terms: GrantTerms,
  today: { readonly keyPolicy?: CompiledPolicy; readonly grants?: readonly Grant[] },
): boolean {
  const own = (today.grants ?? []).filter(
    (grant) => !grant.retired && grant.granteePrincipal === terms.granteePrincipal,
  );
  return !terms.operations.every((operation) => {
    const one = { ...terms, operations: [operation] };
    // retiring is about the one grant that has it, so no other grant stands in for it
    if (operation !== 'RetireGrant' && own.some((grant) => grantWithin(one, grant))) return true;
    const { keyPolicy } = today;
    return keyPolicy !== undefined && allowedBy(keyPolicy, terms, policyActionNumber(operation));
  });
}
