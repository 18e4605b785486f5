import type { CallContext } from './call-context.ts';
import { heldToScope } from './held-to-scope.ts';
import { refuseCount } from './list-arguments.ts';
import { mapEach } from './map-each.ts';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';
import { type GlobalOmit, walkSelection } from './selection.ts';
import type { SelectionPlan } from './selection-plan.ts';
import { walkCreate } from './walk-create.ts';
import { walkUpdateMany } from './walk-update-many.ts';
import { walkWhere } from './walk-where.ts';
import { guarded } from './where-guard.ts';

type Args = Readonly<Record<string, unknown>>;

/** Physical arguments, complete after the call has run; no plan where no rows come back. */
export interface RewrittenOperation {
  readonly args: Record<string, unknown>;
  readonly plan: SelectionPlan | undefined;
}

type Rewriter = (
  context: CallContext,
  view: ModelView,
  args: Args,
  globalOmit: GlobalOmit,
) => RewrittenOperation;

/** Operations whose arguments say everything, by name; `update` and `upsert` are apart. */
export const REWRITERS: ReadonlyMap<string, Rewriter> = new Map<string, Rewriter>([
  ['findUnique', (...call) => byWhere(...call, true)],
  ['findUniqueOrThrow', (...call) => byWhere(...call, true)],
  ['findFirst', (...call) => byWhere(...call, false)],
  ['findFirstOrThrow', (...call) => byWhere(...call, false)],
  ['findMany', (...call) => byWhere(...call, false)],
  ['delete', deleteOne],
  ['create', create],
  ['createMany', createMany],
  ['createManyAndReturn', createManyAndReturn],
  ['updateMany', updateMany],
  ['updateManyAndReturn', updateManyAndReturn],
  ['deleteMany', counting],
  ['count', counting],
  ['aggregate', counting],
  ['groupBy', counting],
]);

function byWhere(
  context: CallContext,
  view: ModelView,
  args: Args,
  globalOmit: GlobalOmit,
  unique: boolean,
): RewrittenOperation {
  const { where, looked } = walkWhere(context, view, args.where, { unique });
  const { args: out, plan } = walkSelection(context, view, args, { globalOmit, looked });
  if (where !== undefined) out.where = where;
  return { args: out, plan };
}

function deleteOne(
  context: CallContext,
  view: ModelView,
  args: Args,
  globalOmit: GlobalOmit,
): RewrittenOperation {
  const { args: out, plan } = byWhere(context, view, args, globalOmit, true);
  out.where = guarded(out.where, heldToScope(context, view, args.where));
  return { args: out, plan };
}

function create(
  context: CallContext,
  view: ModelView,
  args: Args,
  globalOmit: GlobalOmit,
): RewrittenOperation {
  const { args: out, plan } = walkSelection(context, view, args, { globalOmit });
  out.data = createData(context, view, args.data);
  return { args: out, plan };
}

function createMany(context: CallContext, view: ModelView, args: Args): RewrittenOperation {
  const data = mapEach(args.data, (row) => createData(context, view, row));
  return { args: { ...args, data }, plan: undefined };
}

function createManyAndReturn(
  context: CallContext,
  view: ModelView,
  args: Args,
  globalOmit: GlobalOmit,
): RewrittenOperation {
  const { args: out, plan } = walkSelection(context, view, args, { globalOmit });
  out.data = mapEach(args.data, (row) => createData(context, view, row));
  return { args: out, plan };
}

function createData(context: CallContext, view: ModelView, data: unknown): unknown {
  return isRecord(data) ? walkCreate(context, view, data) : data;
}

function updateMany(context: CallContext, view: ModelView, args: Args): RewrittenOperation {
  const out: Record<string, unknown> = { ...args };
  if (isRecord(args.data)) out.data = walkUpdateMany(context, view, args.data);
  const { where } = walkWhere(context, view, args.where);
  if (where !== undefined) out.where = where;
  return { args: out, plan: undefined };
}

function updateManyAndReturn(
  context: CallContext,
  view: ModelView,
  args: Args,
  globalOmit: GlobalOmit,
): RewrittenOperation {
  const { args: physical } = updateMany(context, view, args);
  const where = guarded(physical.where, heldToScope(context, view, args.where));
  if (where !== undefined) physical.where = where;
  return walkSelection(context, view, physical, { globalOmit });
}

/** Operations that return numbers: sealed fields can be counted and be part of `where`. */
function counting(context: CallContext, view: ModelView, args: Args): RewrittenOperation {
  const { where } = walkWhere(context, view, args.where);
  for (const name of isRecord(args.select) ? Object.keys(args.select) : []) {
    refuseCount(context, view, name, 'select');
  }
  return { args: where === undefined ? { ...args } : { ...args, where }, plan: undefined };
}
