import { parseTexts } from './parse-element.ts';
import type { Json } from './parse-json.ts';
import { inside, policyMalformed } from './policy-malformed.ts';
import { refuseVariables } from './policy-variable.ts';
import { compileWildcard, type Wildcard } from './wildcard.ts';

/** Whom a statement names, or that it hands the decision to policies of the principal. */
export type Principals =
  | { readonly type: 'names'; readonly patterns: readonly Wildcard[] }
  | { readonly type: 'identity-policies' };

const NAME = /^[A-Za-z0-9+=,.@_/:*?-]{1,256}$/;
const FORMS = 'must be "*", { "Fieldseal": [...] } or { "IdentityPolicies": "*" }';

function parseNames(json: Json, path: string): Principals {
  const patterns = parseTexts(json, path).map(({ text, path: place }) => {
    refuseVariables(text, place);
    if (!NAME.test(text)) {
      throw policyMalformed(place, 'must be 1 to 256 of A-Z a-z 0-9 + = , . @ _ / : - * ?');
    }
    return compileWildcard(text);
  });
  return { type: 'names', patterns };
}

/** Everybody. */
export const EVERYBODY: Principals = { type: 'names', patterns: [compileWildcard('*')] };

/** @throws `ERR_POLICY_MALFORMED` */
export function parsePrincipals(json: Json, path: string, effect: 'Allow' | 'Deny'): Principals {
  if (json === '*') return EVERYBODY;
  if (!(json instanceof Map) || json.size !== 1) throw policyMalformed(path, FORMS);
  const [[kind, names]] = json as ReadonlyMap<string, Json> as unknown as [[string, Json]];
  const place = inside(path, kind);
  switch (kind) {
    case 'Fieldseal':
      return parseNames(names, place);
    case 'IdentityPolicies':
      if (names !== '*') throw policyMalformed(place, 'must be "*"');
      if (effect === 'Deny') {
        throw policyMalformed(place, 'stands in an Allow only; a Deny for everybody is "*"');
      }
      return { type: 'identity-policies' };
    case 'AWS':
    case 'Service':
    case 'Federated':
    case 'CanonicalUser':
      throw policyMalformed(
        place,
        `names principals of AWS; the Principal of this service ${FORMS}`,
      );
    default:
      throw policyMalformed(place, `is no kind of principal; it ${FORMS}`);
  }
}
