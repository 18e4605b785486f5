import { asList } from './as-list.ts';
import type { CallContext } from './call-context.ts';
import { whyHidden } from './hidden-name.ts';
import { isRecord } from './record.ts';
import { refusal } from './refusal.ts';
import type { ModelView } from './schema-view.ts';

/**
 * Refuses to order, page, deduplicate or group by sealed fields, whose cells are random: the
 * database would answer, wrongly.
 * @throws `ERR_OPERATOR_UNSUPPORTED`
 */
export function checkListArguments(
  context: CallContext,
  view: ModelView,
  args: Readonly<Record<string, unknown>>,
): void {
  if (!view.reachesSealed) return;
  for (const order of asList(args.orderBy)) checkOrder(context, view, order);
  if (isRecord(args.cursor)) checkCursor(context, view, args.cursor);
  for (const argument of ['distinct', 'by'] as const) {
    for (const name of asList(args[argument])) {
      if (typeof name === 'string') refuseHidden(context, view, name, argument);
    }
  }
  if (args.having !== undefined) checkHaving(context, view, args.having);
  for (const argument of ['_min', '_max', '_avg', '_sum'] as const) {
    for (const name of chosenNames(args[argument])) refuseHidden(context, view, name, argument);
  }
  for (const name of chosenNames(args._count)) refuseCount(context, view, name, '_count');
}

function checkOrder(context: CallContext, view: ModelView, order: unknown): void {
  if (!isRecord(order)) return;
  for (const [key, value] of Object.entries(order)) {
    refuseHidden(context, view, key, 'orderBy');
    const field = view.fields.get(key);
    if (field?.kind === 'relation') checkOrder(context, context.schema.model(field.type), value);
    else if (key === '_relevance') checkRelevance(context, view, value);
    // Groups are ordered by an aggregate of a field: `{ _max: { number: 'asc' } }`.
    else if (key.startsWith('_')) {
      for (const name of chosenNames(value)) refuseHidden(context, view, name, `orderBy ${key}`);
    }
  }
}

function checkRelevance(context: CallContext, view: ModelView, value: unknown): void {
  if (!isRecord(value)) return;
  for (const name of asList(value.fields)) {
    if (typeof name === 'string') refuseHidden(context, view, name, 'orderBy _relevance');
  }
}

function checkCursor(context: CallContext, view: ModelView, cursor: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(cursor)) {
    refuseHidden(context, view, key, 'cursor');
    if (view.compounds.has(key)) {
      for (const name of chosenNames(value)) refuseHidden(context, view, name, 'cursor');
    }
  }
}

function checkHaving(context: CallContext, view: ModelView, having: unknown): void {
  for (const part of asList(having)) {
    if (!isRecord(part)) continue;
    for (const [key, value] of Object.entries(part)) {
      if (key === 'AND' || key === 'OR' || key === 'NOT') checkHaving(context, view, value);
      else refuseHidden(context, view, key, 'having');
    }
  }
}

function chosenNames(chosen: unknown): readonly string[] {
  return isRecord(chosen) ? Object.keys(chosen).filter((key) => chosen[key] !== undefined) : [];
}

function refuseHidden(context: CallContext, view: ModelView, name: string, operator: string): void {
  refuseToken(context, view, name, operator);
  if (view.sealed?.fields.has(name) !== true) return;
  const place = { model: view.name, field: name, operation: context.operation, operator };
  throw refusal(place, 'the database sees random cells');
}

function refuseToken(context: CallContext, view: ModelView, name: string, operator: string): void {
  const why = whyHidden(view, name);
  if (why === undefined) return;
  const place = { model: view.name, field: name, operation: context.operation, operator };
  throw refusal(place, why);
}

/**
 * Prisma counts what is not NULL in one column, and values of a field that moves are in two.
 * @throws `ERR_OPERATOR_UNSUPPORTED`
 */
export function refuseCount(
  context: CallContext,
  view: ModelView,
  name: string,
  operator: '_count' | 'select',
): void {
  refuseToken(context, view, name, operator);
  if (view.sealed?.fields.get(name)?.from === undefined) return;
  const place = { model: view.name, field: name, operation: context.operation, operator };
  throw refusal(place, `count by where: { ${name}: { not: null } }`);
}
