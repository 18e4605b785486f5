import type { AccessRequest } from './access-request.ts';
import type { OperatorFacts, StringMatch } from './condition-operator.ts';
import type { Json } from './parse-json.ts';
import { parsePolicyDate } from './parse-policy-date.ts';
import { policyMalformed } from './policy-malformed.ts';
import { parseVariables, refuseVariables, type TextPart } from './policy-variable.ts';
import { compileMarks, wildcardsToMarks } from './wildcard.ts';

/** One value of a condition, ready to be compared. */
export interface ConditionValue {
  /** Equal for values that mean the same. */
  readonly text: string;
  /** `undefined` where it cannot be told: a variable that nothing fills, a fact of a wrong type. */
  test(fact: unknown, request: AccessRequest): boolean | undefined;
}

const MAX_PATTERN_LENGTH = 2048;

/**
 * The text with its variables filled in, literal parts by way of `translate`; `undefined` where
 * nothing fills one.
 */
function fillIn(
  parts: readonly TextPart[],
  request: AccessRequest | undefined,
  translate: (literal: string) => string,
): string | undefined {
  let text = '';
  for (const part of parts) {
    if ('literal' in part) {
      text += part.escaped ? part.literal : translate(part.literal);
    } else {
      // as it is: a `*` in a tag is no wildcard
      const filled = request && part.fill(request);
      if (filled === undefined) return undefined;
      text += filled;
    }
  }
  return text;
}

const asIs = (text: string): string => text;

function compileMatch(match: StringMatch, text: string): (fact: string) => boolean {
  if (match === 'like') return compileMarks(text);
  if (match === 'equals') return (fact) => fact === text;
  const folded = text.toLowerCase();
  return (fact) => fact.toLowerCase() === folded;
}

function stringValue(match: StringMatch, value: Json, path: string): ConditionValue {
  if (typeof value !== 'string') throw policyMalformed(path, 'must be a string');
  if (match === 'like' && value.length > MAX_PATTERN_LENGTH) {
    throw policyMalformed(path, `is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const parts = parseVariables(value, path);
  const translate = match === 'like' ? wildcardsToMarks : asIs;
  const text = fillIn(parts, undefined, translate);
  if (text !== undefined) {
    const fixed = compileMatch(match, text);
    return { text: value, test: (fact) => (typeof fact === 'string' ? fixed(fact) : undefined) };
  }
  const test: ConditionValue['test'] = (fact, request) => {
    const filled = fillIn(parts, request, translate);
    if (typeof fact !== 'string' || filled === undefined) return undefined;
    return compileMatch(match, filled)(fact);
  };
  return { text: value, test };
}

function orderedValue(
  facts: Extract<OperatorFacts, { family: 'number' | 'date' }>,
  value: Json,
  path: string,
): ConditionValue {
  if (typeof value === 'string') refuseVariables(value, path);
  const number = facts.family === 'date' ? parsePolicyDate(value, path) : parseNumber(value, path);
  const test: ConditionValue['test'] = (fact) =>
    typeof fact === 'number' && Number.isFinite(fact) ? facts.order(fact, number) : undefined;
  return { text: String(number), test };
}

function parseNumber(value: Json, path: string): number {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw policyMalformed(path, 'must be a decimal number');
  }
  return number;
}

function booleanValue(value: Json, path: string): ConditionValue {
  const text = String(value);
  if (typeof value === 'object' || (text !== 'true' && text !== 'false')) {
    throw policyMalformed(path, 'must be "true" or "false"');
  }
  const wanted = text === 'true';
  return { text, test: (fact) => (typeof fact === 'boolean' ? fact === wanted : undefined) };
}

/** @throws `ERR_POLICY_MALFORMED` */
export function parseConditionValue(
  facts: OperatorFacts,
  value: Json,
  path: string,
): ConditionValue {
  switch (facts.family) {
    case 'string':
      return stringValue(facts.match, value, path);
    case 'number':
    case 'date':
      return orderedValue(facts, value, path);
    case 'boolean':
    case 'null':
      return booleanValue(value, path);
  }
}
