import type { Fact, FactType } from './condition-key.ts';
import { policyMalformed } from './policy-malformed.ts';

export type StringMatch = 'equals' | 'equals-ignore-case' | 'like';
export type Order = (fact: number, value: number) => boolean;

/** What an operator does with one value of the request and one of the policy. */
export type OperatorFacts =
  | { readonly family: 'string'; readonly match: StringMatch; readonly negated: boolean }
  | { readonly family: 'number' | 'date'; readonly order: Order; readonly negated: boolean }
  | { readonly family: 'boolean'; readonly negated: false }
  | { readonly family: 'null'; readonly negated: false };

export interface ConditionOperator {
  /** Without `IfExists`. */
  readonly name: string;
  readonly facts: OperatorFacts;
  /** A request that lacks the key meets the condition. */
  readonly ifExists: boolean;
}

const string = (match: StringMatch, negated = false): OperatorFacts => ({
  family: 'string',
  match,
  negated,
});

const equal: Order = (fact, value) => fact === value;
const less: Order = (fact, value) => fact < value;
const atMost: Order = (fact, value) => fact <= value;
const greater: Order = (fact, value) => fact > value;
const atLeast: Order = (fact, value) => fact >= value;

function ordered(family: 'number' | 'date', name: string): readonly [string, OperatorFacts][] {
  const facts = (order: Order, negated = false): OperatorFacts => ({ family, order, negated });
  return [
    [`${name}Equals`, facts(equal)],
    [`${name}NotEquals`, facts(equal, true)],
    [`${name}LessThan`, facts(less)],
    [`${name}LessThanEquals`, facts(atMost)],
    [`${name}GreaterThan`, facts(greater)],
    [`${name}GreaterThanEquals`, facts(atLeast)],
  ];
}

/** The closed list, spelled as AWS does. */
const OPERATORS: ReadonlyMap<string, OperatorFacts> = new Map([
  ['StringEquals', string('equals')],
  ['StringNotEquals', string('equals', true)],
  ['StringEqualsIgnoreCase', string('equals-ignore-case')],
  ['StringNotEqualsIgnoreCase', string('equals-ignore-case', true)],
  ['StringLike', string('like')],
  ['StringNotLike', string('like', true)],
  ...ordered('number', 'Numeric'),
  ...ordered('date', 'Date'),
  ['Bool', { family: 'boolean', negated: false }],
  ['Null', { family: 'null', negated: false }],
]);

function whyRefused(text: string): string {
  if (/^ForAllValues:/i.test(text)) {
    return 'is refused: ForAllValues also holds when the request has no value at all';
  }
  if (/^ForAnyValue:/i.test(text)) {
    return 'is refused: without it, an Allow asks it of every value and a Deny of any';
  }
  if (/^Arn/.test(text)) return 'is refused: no condition key of this service holds an ARN';
  if (/^(Not)?IpAddress/.test(text)) return 'is refused: a library sees no addresses';
  if (text.startsWith('Binary')) return 'is refused: no condition key holds bytes';
  return 'is no condition operator';
}

/** @throws `ERR_POLICY_MALFORMED` */
export function parseOperator(text: string, path: string): ConditionOperator {
  const ifExists = text.endsWith('IfExists');
  const name = ifExists ? text.slice(0, -'IfExists'.length) : text;
  const facts = OPERATORS.get(name);
  if (facts === undefined) throw policyMalformed(path, whyRefused(text));
  if (facts.family === 'null' && ifExists) {
    throw policyMalformed(path, 'is refused: Null asks itself whether the key exists');
  }
  return { name, facts, ifExists };
}

/** @throws `ERR_POLICY_MALFORMED` when the operator never fits what is under the key. */
export function checkFamily(operator: ConditionOperator, type: FactType, path: string): void {
  const { family } = operator.facts;
  if (family === 'null') return;
  const held = type === 'strings' ? 'string' : type;
  if (held === 'epoch' && (family === 'date' || family === 'number')) return;
  if (family !== held)
    throw policyMalformed(path, `holds a ${held}, which ${operator.name} is not for`);
}

/** Whether a request lacks the key; a list without a value is none. */
export function isAbsent(fact: Fact): boolean {
  return fact === undefined || fact === null || (Array.isArray(fact) && fact.length === 0);
}
