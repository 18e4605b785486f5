import type { CallContext } from './call-context.ts';
import { type ExtensionCore, finishCall, startCall } from './extension-core.ts';
import { heldToScope } from './held-to-scope.ts';
import { locateSelection } from './locate-selection.ts';
import type { OperationCall } from './operation-call.ts';
import { isRecord } from './record.ts';
import type { RewrittenOperation } from './rewrite-operation.ts';
import { createMissingRow, createRowKnowledge, type RowKnowledge } from './row-knowledge.ts';
import { rowUnknown } from './row-unknown.ts';
import { runRead } from './run-read.ts';
import type { ModelView } from './schema-view.ts';
import { walkSelection } from './selection.ts';
import { walkCreate } from './walk-create.ts';
import { walkUpdate } from './walk-update.ts';
import { walkWhere } from './walk-where.ts';
import { guarded, noRow } from './where-guard.ts';

type Values = Readonly<Record<string, unknown>>;

/** A rewritten `update` or `upsert`, complete; it may have taken a locate query. */
export interface RewrittenUpdate extends RewrittenOperation {
  readonly located: boolean;
}

/** What is known about the row before the write, and where further work is collected. */
interface Found {
  readonly context: CallContext;
  readonly where: unknown;
  readonly looked: ReadonlySet<string>;
  /** `undefined`: the arguments said everything; `null`: there is no such row. */
  readonly row: Values | null | undefined;
}

/**
 * @throws `ERR_ROW_UNKNOWN` when a batch updates a row that is not there before the batch
 */
export async function rewriteUpdate(
  core: ExtensionCore,
  call: OperationCall,
  view: ModelView,
): Promise<RewrittenUpdate> {
  const data = isRecord(call.args.data) ? call.args.data : {};
  const found = await findRow(core, call, view, data);
  const { context, looked } = found;
  const held = heldToScope(context, view, call.args.where);
  const { args: out, plan } = walkSelection(context, view, call.args, {
    globalOmit: core.globalOmit,
    looked,
  });
  out.where = found.where;
  if (found.row === null) {
    refuseInBatch(context, call, view);
    // Nothing is sealed and no row fulfils the condition: Prisma reports the missing row itself.
    out.where = guarded(found.where, noRow(view));
    out.data = {};
  } else {
    const row = createRowKnowledge(view, call.args.where, found.row);
    out.data = walkUpdate(context, view, data, row);
    out.where = guarded(found.where, { ...row.guard, ...held });
  }
  await finishCall(context, call);
  return { args: out, plan, located: found.row !== undefined };
}

export async function rewriteUpsert(
  core: ExtensionCore,
  call: OperationCall,
  view: ModelView,
): Promise<RewrittenUpdate> {
  const { args } = call;
  const update = isRecord(args.update) ? args.update : {};
  const found = await findRow(core, call, view, update);
  const { context, looked } = found;
  const held = heldToScope(context, view, call.args.where);
  const { args: out, plan } = walkSelection(context, view, args, {
    globalOmit: core.globalOmit,
    looked,
  });
  const create = walkCreate(context, view, isRecord(args.create) ? args.create : {});
  const row = upsertRow(view, args.where, found.row, create);
  out.create = create;
  out.update = walkUpdate(context, view, update, row);
  out.where = guarded(found.where, { ...row.guard, ...held });
  await finishCall(context, call);
  return { args: out, plan, located: found.row !== undefined };
}

function upsertRow(
  view: ModelView,
  where: unknown,
  located: Values | null | undefined,
  create: Values,
): RowKnowledge {
  if (located === null) return createMissingRow(view, create);
  return createRowKnowledge(view, where, located);
}

/** Rewrites `where`, and reads the row's key and scope when the arguments do not name them. */
async function findRow(
  core: ExtensionCore,
  call: OperationCall,
  view: ModelView,
  data: Values,
): Promise<Found> {
  const operation = `${call.model}.${call.operation}`;
  const context = startCall(core, operation);
  const { where, looked } = walkWhere(context, view, call.args.where, { unique: true });
  const select = locateSelection(context, view, call.args.where, data);
  if (select === undefined) return { context, where, looked, row: undefined };
  await finishCall(context, call);
  const row = await runRead(call, { model: view.name, action: 'findUnique', where, select });
  return { context: startCall(core, operation), where, looked, row };
}

function refuseInBatch(context: CallContext, call: OperationCall, view: ModelView): void {
  if (call.__internalParams?.transaction?.kind !== 'batch') return;
  const [field] = view.sealed?.fields.keys() ?? [];
  const why = 'and that row is not there before the batch; use an interactive transaction';
  throw rowUnknown(context, view, field ?? '', why);
}
