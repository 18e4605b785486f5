import { type Condition, parseConditions } from './condition.ts';
import { parseActions } from './parse-actions.ts';
import type { Json, JsonObject } from './parse-json.ts';
import { EVERYBODY, type Principals, parsePrincipals } from './parse-principals.ts';
import { parseResources } from './parse-resources.ts';
import { POLICY_ACTION_NAMES } from './policy-action.ts';
import { inside, policyMalformed } from './policy-malformed.ts';
import type { Wildcard } from './wildcard.ts';

/**
 * Where a document stands: on a key, with a principal, or above all of them. Guardrails only deny.
 */
export type PolicyKind = 'key-policy' | 'identity-policy' | 'guardrail';

export interface StatementRules {
  readonly kind: PolicyKind;
  /** Whether an Allow may name actions by `*` and `?`. */
  readonly wildcardActions: 'accept' | 'refuse';
}

/** A statement with nothing left to be parsed. */
export interface Statement {
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: Principals;
  /** Positions in the table of actions. */
  readonly actions: ReadonlySet<number>;
  readonly resources: {
    readonly patterns: readonly Wildcard[];
    /** Whether it is about all but these. */
    readonly inverted: boolean;
  };
  readonly conditions: readonly Condition[];
}

const ELEMENTS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const NOT_PRINCIPAL =
  'is refused: who is not named in it would be allowed; deny "*" with a condition instead';
const SID = /^[A-Za-z0-9 _.:-]{1,128}$/;

interface Place {
  readonly element: JsonObject;
  readonly path: string;
  readonly effect: 'Allow' | 'Deny';
  readonly rules: StatementRules;
}

function parseEffect(element: JsonObject, path: string, rules: StatementRules): 'Allow' | 'Deny' {
  const effect = element.get('Effect');
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw policyMalformed(inside(path, 'Effect'), 'must be "Allow" or "Deny"');
  }
  if (effect === 'Allow' && rules.kind === 'guardrail') {
    throw policyMalformed(inside(path, 'Effect'), 'must be "Deny": a guardrail allows nothing');
  }
  return effect;
}

function parseSid(element: JsonObject, path: string): string | undefined {
  const sid = element.get('Sid');
  if (sid === undefined) return undefined;
  if (typeof sid !== 'string' || !SID.test(sid)) {
    const rule = 'must be 1 to 128 letters, digits, spaces and _ . : -';
    throw policyMalformed(inside(path, 'Sid'), rule);
  }
  return sid;
}

function principalsOf({ element, path, effect, rules }: Place): Principals {
  const json = element.get('Principal');
  const place = inside(path, 'Principal');
  if (json !== undefined) {
    if (rules.kind === 'identity-policy') {
      throw policyMalformed(place, 'is refused: an identity policy is about whoever has it');
    }
    return parsePrincipals(json, place, effect);
  }
  if (rules.kind === 'key-policy') throw policyMalformed(place, 'is missing');
  return EVERYBODY;
}

/** Exactly one of an element and its opposite, and the opposite with Deny only. */
function oneOf({ element, path, effect }: Place, name: 'Action' | 'Resource') {
  const plain = element.get(name);
  const opposite = element.get(`Not${name}`);
  const oppositePath = inside(path, `Not${name}`);
  if (plain !== undefined && opposite !== undefined) {
    throw policyMalformed(oppositePath, `stands beside ${name}; one of them`);
  }
  if (opposite === undefined) {
    if (plain === undefined) throw policyMalformed(inside(path, name), 'is missing');
    return { json: plain, path: inside(path, name), inverted: false };
  }
  if (effect === 'Allow') {
    const message = 'is refused with Allow: it would allow all that is ever added besides';
    throw policyMalformed(oppositePath, message);
  }
  return { json: opposite, path: oppositePath, inverted: true };
}

function actionsOf(place: Place): ReadonlySet<number> {
  const { json, path, inverted } = oneOf(place, 'Action');
  const wildcards = place.effect === 'Deny' ? 'accept' : place.rules.wildcardActions;
  const actions = parseActions(json, path, wildcards);
  if (!inverted) return actions;
  return new Set([...POLICY_ACTION_NAMES.keys()].filter((number) => !actions.has(number)));
}

function resourcesOf(place: Place): Statement['resources'] {
  const { json, path, inverted } = oneOf(place, 'Resource');
  return { patterns: parseResources(json, path), inverted };
}

/** @throws `ERR_POLICY_MALFORMED` */
export function parseStatement(
  json: Json,
  at: { readonly index: number; readonly path: string },
  rules: StatementRules,
): Statement {
  const { index, path } = at;
  if (!(json instanceof Map)) throw policyMalformed(path, 'must be an object');
  const element = json as JsonObject;
  for (const name of element.keys()) {
    if (name === 'NotPrincipal') throw policyMalformed(inside(path, name), NOT_PRINCIPAL);
    if (!ELEMENTS.has(name))
      throw policyMalformed(inside(path, name), 'is no element of a statement');
  }
  const effect = parseEffect(element, path, rules);
  const place = { element, path, effect, rules };
  const condition = element.get('Condition');
  return {
    index,
    sid: parseSid(element, path),
    effect,
    principals: principalsOf(place),
    actions: actionsOf(place),
    resources: resourcesOf(place),
    conditions:
      condition === undefined
        ? []
        : parseConditions(condition, inside(path, 'Condition'), effect === 'Deny'),
  };
}
