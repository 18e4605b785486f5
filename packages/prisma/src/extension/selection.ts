import { asList } from './as-list.ts';
import type { CallContext } from './call-context.ts';
import { whyHidden } from './hidden-name.ts';
import { checkListArguments } from './list-arguments.ts';
import { isRecord } from './record.ts';
import { refusal } from './refusal.ts';
import type { ModelView } from './schema-view.ts';
import type { SelectionPlan } from './selection-plan.ts';
import { walkWhere } from './walk-where.ts';

/** The arguments of one level with `select`, `include` and `omit` rewritten, and what to do with its rows. */
export interface RewrittenSelection {
  /** All arguments of the level; complete only after the call has run. */
  readonly args: Record<string, unknown>;
  readonly plan: SelectionPlan;
}

export interface SelectionOptions {
  /** Token columns by which the rows of this level were looked up. */
  readonly looked?: ReadonlySet<string>;
  /** Fields that the client leaves out everywhere (`new PrismaClient({ omit })`), by model. */
  readonly globalOmit: GlobalOmit;
}

/** `new PrismaClient({ omit })` of one model. */
export type GlobalOmit = (model: string) => Readonly<Record<string, unknown>>;

/**
 * Adds what opening needs (key, scope and subject columns, token columns of lookups) and leaves
 * out token columns.
 * @throws `ERR_OPERATOR_UNSUPPORTED` when the application names a token column
 */
export function walkSelection(
  context: CallContext,
  view: ModelView,
  args: Readonly<Record<string, unknown>>,
  options: SelectionOptions,
): RewrittenSelection {
  const out: Record<string, unknown> = { ...args };
  const relations = new Map<string, SelectionPlan>();
  for (const part of ['select', 'include'] as const) {
    const chosen = args[part];
    if (isRecord(chosen)) out[part] = walkChosen(context, view, chosen, relations, options);
  }
  refuseTokens(context, view, args.omit, 'omit');
  const own: OwnColumns = { strip: [], verify: [] };
  // Which token columns are to be verified is known only when lookups have chosen their indexes.
  context.afterRun.push(() => {
    if (isRecord(out.select)) addToSelect(view, out.select, options, own);
    else addToOmit(view, out, args.omit, options, own);
  });
  return { args: out, plan: { model: view.name, relations, ...own } };
}

interface OwnColumns {
  readonly strip: string[];
  readonly verify: string[];
}

function addToSelect(
  view: ModelView,
  select: Record<string, unknown>,
  options: SelectionOptions,
  own: OwnColumns,
): void {
  const chosen = view.sealedNames.filter((name) => select[name] === true);
  if (view.sealed === undefined || chosen.length === 0) return;
  own.verify.push(...verifiable(view, chosen, options.looked));
  for (const name of [...view.sealed.companions(chosen), ...own.verify]) {
    if (select[name] === true) continue;
    select[name] = true;
    own.strip.push(name);
  }
}

function addToOmit(
  view: ModelView,
  out: Record<string, unknown>,
  asked: unknown,
  options: SelectionOptions,
  own: OwnColumns,
): void {
  const omit: Record<string, unknown> = isRecord(asked) ? { ...asked } : {};
  const { sealed } = view;
  if (sealed !== undefined) {
    const global = options.globalOmit(view.name);
    const omitted = (name: string): boolean => (omit[name] ?? global[name]) === true;
    const present = view.sealedNames.filter((name) => !omitted(name));
    own.verify.push(...verifiable(view, present, options.looked));
    own.strip.push(...own.verify);
    for (const name of present.length === 0 ? [] : sealed.companions(present)) {
      if (!omitted(name)) continue;
      omit[name] = false;
      own.strip.push(name);
    }
    for (const [old, { name }] of sealed.olds) omit[old] = !present.includes(name);
    for (const token of sealed.tokens.keys()) omit[token] = !own.verify.includes(token);
  }
  if (Object.keys(omit).length > 0) out.omit = omit;
}

/** A token can be checked only where the field that it stands for is opened. */
function verifiable(
  view: ModelView,
  present: readonly string[],
  looked: ReadonlySet<string> | undefined,
): readonly string[] {
  if (looked === undefined || looked.size === 0) return [];
  return [...looked].filter((token) => {
    const field = view.sealed?.tokens.get(token)?.field.name;
    return field !== undefined && present.includes(field);
  });
}

function walkChosen(
  context: CallContext,
  view: ModelView,
  chosen: Record<string, unknown>,
  relations: Map<string, SelectionPlan>,
  options: SelectionOptions,
): Record<string, unknown> {
  refuseTokens(context, view, chosen, 'select');
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(chosen)) {
    const field = view.fields.get(key);
    if (key === '_count') out[key] = walkCounts(context, view, value);
    else if (field?.kind !== 'relation' || value === false || value === undefined) out[key] = value;
    else out[key] = walkRelation(context, field.type, key, value, relations, options);
  }
  return out;
}

function walkRelation(
  context: CallContext,
  model: string,
  key: string,
  value: unknown,
  relations: Map<string, SelectionPlan>,
  options: SelectionOptions,
): unknown {
  const view = context.schema.model(model);
  if (!view.reachesSealed) return value;
  const args = isRecord(value) ? value : {};
  checkListArguments(context, view, args);
  const { where, looked } = walkWhere(context, view, args.where);
  const below = walkSelection(context, view, args, { globalOmit: options.globalOmit, looked });
  relations.set(key, below.plan);
  if (where !== undefined) below.args.where = where;
  return below.args;
}

/** `_count: { select: { cards: { where } } }`: counts may carry conditions on sealed fields. */
function walkCounts(context: CallContext, view: ModelView, counts: unknown): unknown {
  if (!isRecord(counts) || !isRecord(counts.select)) return counts;
  const select: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(counts.select)) {
    const field = view.fields.get(key);
    select[key] =
      field?.kind === 'relation' && isRecord(value) && value.where !== undefined
        ? {
            ...value,
            where: walkWhere(context, context.schema.model(field.type), value.where).where,
          }
        : value;
  }
  return { ...counts, select };
}

function refuseTokens(
  context: CallContext,
  view: ModelView,
  chosen: unknown,
  operator: string,
): void {
  for (const part of asList(chosen)) {
    for (const key of isRecord(part) ? Object.keys(part) : []) {
      if (whyHidden(view, key) === undefined) continue;
      const place = { model: view.name, field: key, operation: context.operation, operator };
      throw refusal(place, 'token columns and old columns are no part of a result');
    }
  }
}
