import type { AccessRequest } from './access-request.ts';
import { type ConditionKey, parseConditionKey } from './condition-key.ts';
import {
  type ConditionOperator,
  checkFamily,
  isAbsent,
  parseOperator,
} from './condition-operator.ts';
import { type ConditionValue, parseConditionValue } from './condition-value.ts';
import type { Json } from './parse-json.ts';
import { inside, policyMalformed } from './policy-malformed.ts';

/** One operator on one key, with its values. All conditions of a statement have to hold. */
export interface Condition {
  readonly operator: ConditionOperator;
  readonly key: ConditionKey;
  readonly values: readonly ConditionValue[];
  holds(request: AccessRequest): boolean;
}

interface ConditionParts {
  readonly operator: ConditionOperator;
  readonly key: ConditionKey;
  readonly values: readonly ConditionValue[];
  readonly denies: boolean;
}

function nullTest({ key, values }: ConditionParts): Condition['holds'] {
  const wanted = values.map(({ text }) => text === 'true');
  return (request) => wanted.includes(isAbsent(key.read(request)));
}

/**
 * Values of the policy are joined by OR, under a negated operator by NOR (AWS). What cannot be
 * told counts against the caller: an Allow does not hold, a Deny does. For the same reason an
 * Allow asks its condition of every value that a request has under a key, a Deny of any.
 */
function compare({ operator, key, values, denies }: ConditionParts): Condition['holds'] {
  const { negated } = operator.facts;
  const whenAbsent = operator.ifExists || negated;
  const agrees = (fact: unknown, request: AccessRequest): boolean => {
    for (const value of values) {
      const result = value.test(fact, request);
      const met = result === undefined ? denies : result !== negated;
      if (met !== negated) return met;
    }
    return negated;
  };
  return (request) => {
    const fact = key.read(request);
    if (isAbsent(fact)) return whenAbsent;
    if (typeof fact !== 'object') return agrees(fact, request);
    const one = (element: string) => agrees(element, request);
    return denies ? fact.some(one) : fact.every(one);
  };
}

function parseOne(
  operator: ConditionOperator,
  keyText: string,
  json: Json,
  at: { readonly path: string; readonly denies: boolean },
): Condition {
  const key = parseConditionKey(keyText, at.path);
  checkFamily(operator, key.type, at.path);
  const list = Array.isArray(json) ? (json as readonly Json[]) : undefined;
  if (list?.length === 0) throw policyMalformed(at.path, 'has no value');
  const values = list
    ? list.map((value, i) => parseConditionValue(operator.facts, value, inside(at.path, i)))
    : [parseConditionValue(operator.facts, json, at.path)];
  const parts = { operator, key, values, denies: at.denies };
  const holds = operator.facts.family === 'null' ? nullTest(parts) : compare(parts);
  return { operator, key, values, holds };
}

/** @throws `ERR_POLICY_MALFORMED` */
export function parseConditions(json: Json, path: string, denies: boolean): readonly Condition[] {
  const found: Condition[] = [];
  for (const [operatorText, keys] of entriesOf(json, path)) {
    const operatorPath = inside(path, operatorText);
    const operator = parseOperator(operatorText, operatorPath);
    const names = new Set<string>();
    for (const [keyText, value] of entriesOf(keys, operatorPath)) {
      const condition = parseOne(operator, keyText, value, {
        path: inside(operatorPath, keyText),
        denies,
      });
      if (names.has(condition.key.name)) {
        throw policyMalformed(inside(operatorPath, keyText), 'is there twice, in another spelling');
      }
      names.add(condition.key.name);
      found.push(condition);
    }
  }
  return found;
}

/** Nothing in it would hold for every request, which nobody means who writes a condition. */
function entriesOf(json: Json, path: string): ReadonlyMap<string, Json> {
  if (!(json instanceof Map)) throw policyMalformed(path, 'must be an object');
  if (json.size === 0) throw policyMalformed(path, 'is empty; leave it out');
  return json as ReadonlyMap<string, Json>;
}
