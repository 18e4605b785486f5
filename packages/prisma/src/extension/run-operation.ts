import { FieldsealError } from '@fieldseal/core';
import { type ExtensionCore, finishCall, startCall } from './extension-core.ts';
import { checkListArguments } from './list-arguments.ts';
import { openResults } from './open-results.ts';
import type { OperationCall } from './operation-call.ts';
import { reportError } from './report-error.ts';
import { REWRITERS, type RewrittenOperation } from './rewrite-operation.ts';
import { type RewrittenUpdate, rewriteUpdate, rewriteUpsert } from './rewrite-update.ts';
import type { ModelView } from './schema-view.ts';
import type { SelectionPlan } from './selection-plan.ts';
import { takenArguments } from './taken-arguments.ts';

/**
 * One operation of the application: arguments rewritten on a copy, sent, results opened.
 * Models that reach no sealed field pass untouched.
 */
export async function runOperation(core: ExtensionCore, asked: OperationCall): Promise<unknown> {
  const view = core.schema.model(asked.model);
  if (!view.reachesSealed) return asked.query(asked.args);
  const { strictUndefined } = core;
  const call = { ...asked, args: takenArguments({ ...asked, strictUndefined }, asked.args) };
  const operation = `${call.model}.${call.operation}`;
  const { dataPath } = internalsOf(call, operation);
  await core.ready();
  const { plan, result } = await send(core, call, view);
  const reached = plan === undefined ? undefined : planAt(plan, dataPath);
  if (reached !== undefined) await openResults(core.codec, core.schema, operation, reached, result);
  return result;
}

interface Sent {
  readonly plan: SelectionPlan | undefined;
  readonly result: unknown;
}

async function send(core: ExtensionCore, call: OperationCall, view: ModelView): Promise<Sent> {
  const update = UPDATES.get(call.operation);
  try {
    if (update !== undefined) return await sendUpdate(core, call, view, update);
    return await sendOther(core, call, view);
  } catch (error) {
    throw reportError(core, `${call.model}.${call.operation}`, error);
  }
}

const UPDATES: ReadonlyMap<string, typeof rewriteUpdate> = new Map([
  ['update', rewriteUpdate],
  ['upsert', rewriteUpsert],
]);

async function sendUpdate(
  core: ExtensionCore,
  call: OperationCall,
  view: ModelView,
  rewrite: typeof rewriteUpdate,
): Promise<Sent> {
  const first = await rewrite(core, call, view);
  try {
    return { plan: first.plan, result: await call.query(first.args) };
  } catch (error) {
    if (!mayRetry(call, first, error)) throw error;
  }
  // Somebody made the row between the locate query and the upsert: now it is found.
  const second = await rewrite(core, call, view);
  return { plan: second.plan, result: await call.query(second.args) };
}

function mayRetry(call: OperationCall, rewritten: RewrittenUpdate, error: unknown): boolean {
  if (call.operation !== 'upsert' || !rewritten.located) return false;
  if (call.__internalParams?.transaction !== undefined) return false;
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'P2002';
}

async function sendOther(core: ExtensionCore, call: OperationCall, view: ModelView): Promise<Sent> {
  const context = startCall(core, `${call.model}.${call.operation}`);
  const rewrite = REWRITERS.get(call.operation);
  if (rewrite === undefined) {
    const { operation } = context;
    throw new FieldsealError(
      'ERR_OPERATOR_UNSUPPORTED',
      `${operation}: no such operation is known for models with sealed fields`,
      { model: call.model, operation, operator: call.operation },
    );
  }
  checkListArguments(context, view, call.args);
  const { args, plan }: RewrittenOperation = rewrite(context, view, call.args, core.globalOmit);
  await finishCall(context, call);
  return { plan, result: await call.query(args) };
}

function internalsOf(
  call: OperationCall,
  operation: string,
): { readonly dataPath: readonly string[] } {
  const dataPath = call.__internalParams?.dataPath;
  if (call.__internalParams === undefined) {
    throw new FieldsealError(
      'ERR_NOT_WIRED',
      `${operation}: this version of Prisma does not say which part of a result is returned`,
      { model: call.model, operation },
    );
  }
  return { dataPath: dataPath ?? [] };
}

/**
 * The fluent API (`findUnique(...).cards()`) returns what stands at a path of alternating
 * `select` and relation; the result is that part alone.
 */
function planAt(plan: SelectionPlan, dataPath: readonly string[]): SelectionPlan | undefined {
  let reached: SelectionPlan | undefined = plan;
  for (let place = 1; place < dataPath.length; place += 2) {
    reached = reached?.relations.get(dataPath[place] ?? '');
  }
  return reached;
}
