import {
  checkScopeSpelling,
  type ManifestField,
  type Predicate,
  type PredicateOperator,
} from '@fieldseal/core';
import { toOperand } from './application-value.ts';
import { type ConjunctChain, namedScope } from './named-scope.ts';
import { oldIsNull } from './old-values.ts';
import { isDatabaseNull, isFieldReference, isJsonNull } from './prisma-value.ts';
import { isRecord } from './record.ts';
import { refusal } from './refusal.ts';
import { scopeNative } from './scope-value.ts';
import type { UntokenedLookup } from './settle-untokened.ts';
import { type PredicateField, spellPredicate } from './spell-predicate.ts';
import { narrowToAmbient, type WhereFrame } from './where-frame.ts';

/** One condition on one sealed field, and what is known around it. */
export interface SealedCondition {
  readonly frame: WhereFrame;
  readonly field: ManifestField;
  readonly chain: ConjunctChain;
  /** Whether a NOT stands around it. */
  readonly negative: boolean;
}

const LOOKUPS: ReadonlyMap<string, PredicateOperator> = new Map([
  ['equals', 'equals'],
  ['in', 'in'],
  ['notIn', 'notIn'],
  ['startsWith', 'startsWith'],
  ['endsWith', 'endsWith'],
]);
const RANGE: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte']);

/**
 * Translates a filter on a sealed field to native conditions, which all have to hold. They are
 * complete only when the call's tokens are known.
 * @throws `ERR_OPERATOR_UNSUPPORTED` for an operator that cannot be answered exactly
 */
export function sealedFilter(
  condition: SealedCondition,
  filter: unknown,
): readonly Record<string, unknown>[] {
  if (isDatabaseNull(filter)) return [isNull(condition)];
  if (!isRecord(filter)) return [equals(condition, filter)];
  const parts: Record<string, unknown>[] = [];
  const range: Record<string, unknown> = {};
  for (const [operator, operand] of Object.entries(filter)) {
    if (operand === undefined) continue;
    if (RANGE.has(operator)) range[operator] = checkOperand(condition, operator, operand);
    else parts.push(...operatorFilter(condition, operator, operand));
  }
  if (Object.keys(range).length > 0) parts.push(lookup(condition, 'range', range));
  return parts;
}

function operatorFilter(
  condition: SealedCondition,
  operator: string,
  operand: unknown,
): readonly Record<string, unknown>[] {
  if (operator === 'mode') return mode(condition, operand);
  if (operator === 'not') return [not(condition, operand)];
  if (operator === 'equals' && isDatabaseNull(operand)) return [isNull(condition)];
  const asked = LOOKUPS.get(operator);
  if (asked === undefined) throw refused(condition, operator, 'a sealed field cannot answer it');
  if (asked !== 'in' && asked !== 'notIn') {
    return [lookup(condition, asked, checkOperand(condition, operator, operand))];
  }
  if (!Array.isArray(operand)) throw refused(condition, operator, 'it needs a list of values');
  return [
    lookup(
      condition,
      asked,
      operand.map((item) => checkOperand(condition, operator, item)),
    ),
  ];
}

function mode(condition: SealedCondition, operand: unknown): readonly Record<string, unknown>[] {
  if (operand === 'default') return [];
  throw refused(condition, 'mode', 'letter case is a matter of the normaliser of its index');
}

function not(condition: SealedCondition, operand: unknown): Record<string, unknown> {
  if (isDatabaseNull(operand)) return isNotNull(condition);
  if (!isRecord(operand)) return lookup(condition, 'not', checkOperand(condition, 'not', operand));
  // Prisma does not say whether several operators under `not` are negated together or each.
  const asked = Object.keys(operand).filter((key) => operand[key] !== undefined && key !== 'mode');
  if (asked.length > 1) throw refused(condition, 'not', 'with one operator inside at most');
  // Prisma itself takes `{ not: { not: v } }` for `{ not: v }`.
  if (asked[0] === 'not') throw refused(condition, 'not', 'with another not inside');
  return { NOT: sealedFilter({ ...condition, negative: true }, operand) };
}

/** A value is in the field's own column or in its old one. */
function isNull({ frame, field }: SealedCondition): Record<string, unknown> {
  const own = { [field.name]: null };
  return field.from === undefined ? own : { AND: [own, oldIsNull(frame.view, field, true)] };
}

function isNotNull({ frame, field }: SealedCondition): Record<string, unknown> {
  const own = { [field.name]: { not: null } };
  return field.from === undefined ? own : { OR: [own, oldIsNull(frame.view, field, false)] };
}

function equals(condition: SealedCondition, value: unknown): Record<string, unknown> {
  return lookup(condition, 'equals', checkOperand(condition, 'equals', value));
}

function lookup(
  condition: SealedCondition,
  operator: PredicateOperator,
  operand: unknown,
): Record<string, unknown> {
  const slot: Record<string, unknown> = {};
  lookupToken(condition, operator, operand, (predicate, scope) => {
    Object.assign(slot, spellPredicate(predicate, aboutField(condition, scope)));
  });
  return slot;
}

function aboutField(
  { frame, field }: SealedCondition,
  scope: Record<string, unknown>,
): PredicateField {
  return { view: frame.view, field, scope };
}

/** Asks for the token of a field of a unique that names a row. */
export function lookupUnique(
  condition: SealedCondition,
  operand: unknown,
  untokened: UntokenedLookup,
  sink: (predicate: Predicate) => void,
): void {
  lookupToken(condition, 'equals', operand, (predicate, scope) => {
    sink(predicate);
    untokened.conditions.push(spellPredicate(predicate, aboutField(condition, scope)));
    // while an index rotates there are two
    if (predicate.plain !== undefined || predicate.tokens.length > 1) untokened.isUncertain = true;
  });
}

/** A unique in the `where` of a frame whose token columns are filled in when the call runs. */
export function startUnique(
  { context, view }: WhereFrame,
  where: Record<string, unknown>,
  unique: string,
): UntokenedLookup {
  const lookup = { view, where, unique, conditions: [], isUncertain: false };
  context.untokened.push(lookup);
  return lookup;
}

/**
 * Asks the core for the tokens of one operator; `sink` gets them when the call's keys are there,
 * with the condition on the scope column that they imply.
 */
function lookupToken(
  condition: SealedCondition,
  operator: PredicateOperator,
  operand: unknown,
  sink: (predicate: Predicate, scope: Record<string, unknown>) => void,
): void {
  const { frame, field, chain, negative } = condition;
  const tenant = field.scope === undefined ? undefined : namedScope(frame.view, chain, field.scope);
  const around = field.scope === undefined ? undefined : frame.context.ambient.tenant;
  for (const text of [tenant, around]) {
    if (text !== undefined) checkScopeSpelling(text, frame.view.name, field.name);
  }
  const op = { model: frame.view.name, field: field.name, operator, operand };
  frame.context.fields.lookup(tenant === undefined ? op : { ...op, tenant }, (predicate) => {
    if (!predicate.exact) throw refused(condition, operator, 'its index gives too many rows');
    frame.looked.add(predicate.index);
    if (field.scope !== undefined && tenant === undefined && isPerTenant(frame, predicate)) {
      const open = negative || predicate.negated || frame.every;
      if (open) narrowToAmbient(frame, field.name, field.scope);
    }
    const isScoped = field.scope !== undefined && isPerTenant(frame, predicate);
    sink(predicate, isScoped ? scopeCondition(condition, tenant ?? around) : {});
  });
}

/** Plaintext is equal across tenants, tokens are not. */
function scopeCondition(
  { frame, field }: SealedCondition,
  tenant: string | undefined,
): Record<string, unknown> {
  if (field.scope === undefined || tenant === undefined) return {};
  return { [field.scope]: scopeNative(frame.view.fields.get(field.scope), tenant) };
}

function isPerTenant(frame: WhereFrame, predicate: Predicate): boolean {
  return frame.view.sealed?.tokens.get(predicate.column)?.index.global === undefined;
}

function checkOperand(condition: SealedCondition, operator: string, operand: unknown): unknown {
  if (isFieldReference(operand)) {
    throw refused(condition, operator, 'a sealed field cannot be compared with a column');
  }
  if (operand === null || isDatabaseNull(operand) || isJsonNull(operand)) {
    throw refused(condition, operator, 'null can only be asked for by equals and not');
  }
  return toOperand(condition.field, operand);
}

function refused(condition: SealedCondition, operator: string, why: string): Error {
  const { frame, field } = condition;
  const place = { model: frame.view.name, field: field.name, operator };
  return refusal({ ...place, operation: frame.context.operation }, why);
}
