import { toOperand } from './application-value.ts';
import { asList } from './as-list.ts';
import type { CallContext } from './call-context.ts';
import { compoundWhere } from './compound-where.ts';
import { whyHidden } from './hidden-name.ts';
import type { ConjunctChain } from './named-scope.ts';
import { isFieldReference } from './prisma-value.ts';
import { isRecord } from './record.ts';
import { refusal } from './refusal.ts';
import type { ModelView } from './schema-view.ts';
import { lookupUnique, sealedFilter, startUnique } from './sealed-filter.ts';
import { setKey } from './set-key.ts';
import { checkTokenOperand } from './token-operand.ts';
import { addConjunct, createWhereFrame, type WhereFrame } from './where-frame.ts';

/** A rewritten condition and the index names that its lookups on the model itself go through. */
export interface RewrittenWhere {
  readonly where: unknown;
  /** Complete only after the call has run. */
  readonly looked: ReadonlySet<string>;
}

/**
 * Rewrites a `where` to native conditions on token columns, on a copy. Conditions inside are
 * complete only after the call has run.
 * @param unique - the condition names one row (`findUnique`, `update`, `connect` ...).
 */
export function walkWhere(
  context: CallContext,
  view: ModelView,
  where: unknown,
  kind: { readonly unique?: boolean; readonly every?: boolean } = {},
): RewrittenWhere {
  const frame = createWhereFrame(context, view, kind);
  if (!isRecord(where)) return { where, looked: frame.looked };
  if (!view.reachesSealed) return { where, looked: frame.looked };
  walkNode(frame, where, frame.out, [], false);
  return { where: frame.out, looked: frame.looked };
}

function walkNode(
  frame: WhereFrame,
  where: Record<string, unknown>,
  out: Record<string, unknown>,
  outer: ConjunctChain,
  negative: boolean,
): void {
  const chain = [where, ...outer];
  for (const [key, value] of Object.entries(where)) {
    if (value === undefined) continue;
    if (key === 'AND' || key === 'OR' || key === 'NOT') {
      const inside = asList(value).map((part) =>
        walkPart(frame, part, chain, negative || key === 'NOT'),
      );
      out[key] = key === 'AND' ? [...asList(out.AND), ...inside] : inside;
    } else {
      walkKey({ frame, out, chain, negative }, key, value);
    }
  }
}

function walkPart(
  frame: WhereFrame,
  part: unknown,
  chain: ConjunctChain,
  negative: boolean,
): unknown {
  if (!isRecord(part)) return part;
  const out: Record<string, unknown> = {};
  walkNode({ ...frame, unique: false }, part, out, chain, negative);
  return out;
}

interface WhereNode {
  readonly frame: WhereFrame;
  readonly out: Record<string, unknown>;
  readonly chain: ConjunctChain;
  readonly negative: boolean;
}

function walkKey(node: WhereNode, key: string, value: unknown): void {
  const { frame, out } = node;
  const { view, context } = frame;
  const place = { model: view.name, field: key, operation: context.operation };
  if (view.hiddenCompounds.has(key)) {
    throw refusal({ ...place, operator: 'where' }, 'name the sealed field, not its token column');
  }
  const sealed = view.sealed?.fields.get(key);
  const compound = view.compounds.get(key);
  const field = view.fields.get(key);
  if (sealed !== undefined) {
    walkSealed(node, key, value);
  } else if (compound !== undefined && isRecord(value)) {
    compoundWhere(node, compound, value);
  } else if (view.sealed?.tokens.has(key) === true) {
    setKey(out, key, checkTokenOperand(value, { ...place, operator: 'where' }));
  } else if (view.sealed?.olds.has(key) === true || namesOld(view, field === undefined, value)) {
    throw refusal({ ...place, operator: 'where' }, 'name the sealed field, not its old column');
  } else if (field?.kind === 'relation') {
    setKey(out, key, relationFilter(node, field.type, field.isList, value));
  } else {
    refuseSealedReference(node, key, value);
    setKey(out, key, value);
  }
}

/** A unique over old columns is none of the application's. */
function namesOld(view: ModelView, isUnknown: boolean, value: unknown): boolean {
  if (!isUnknown || !isRecord(value)) return false;
  return Object.keys(value).some((name) => view.sealed?.olds.has(name) === true);
}

function walkSealed(node: WhereNode, key: string, value: unknown): void {
  const { frame, out, chain, negative } = node;
  const field = frame.view.sealed?.fields.get(key);
  if (field === undefined) return;
  const condition = { frame, field, chain, negative };
  if (frame.unique && !isRecord(value) && value !== null && !isFieldReference(value)) {
    // A unique field has to stand at the top of `where`: that is what names the row.
    const unique = field.indexes.find(({ kind }) => kind === 'equality')?.name ?? key;
    lookupUnique(
      condition,
      toOperand(field, value),
      startUnique(frame, out, unique),
      (predicate) => {
        out[predicate.column] = predicate.tokens[0];
      },
    );
    return;
  }
  for (const part of sealedFilter(condition, value)) addConjunct(out, part);
}

const TO_MANY: ReadonlySet<string> = new Set(['some', 'every', 'none']);
const TO_ONE: ReadonlySet<string> = new Set(['is', 'isNot']);

function relationFilter(node: WhereNode, model: string, isList: boolean, value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { context } = node.frame;
  const view = context.schema.model(model);
  const operators = isList ? TO_MANY : TO_ONE;
  // A related model may have a field that is called like an operator: the schema decides.
  const named = Object.keys(value).some((key) => operators.has(key) && !view.fields.has(key));
  if (!isList && !named) return walkWhere(context, view, value).where;
  const out: Record<string, unknown> = {};
  for (const [key, inside] of Object.entries(value)) {
    setKey(out, key, walkWhere(context, view, inside, { every: key === 'every' }).where);
  }
  return out;
}

/** A column compared with a sealed one would compare with its cell. */
function refuseSealedReference(node: WhereNode, key: string, value: unknown): void {
  const { view, context } = node.frame;
  if (isFieldReference(value)) {
    const { name } = value;
    if (view.sealed?.fields.has(name) !== true && whyHidden(view, name) === undefined) return;
    throw refusal(
      { model: view.name, field: name, operation: context.operation, operator: 'fieldReference' },
      `its cell cannot be compared with ${key}`,
    );
  }
  if (isRecord(value))
    for (const part of Object.values(value)) refuseSealedReference(node, key, part);
  if (Array.isArray(value)) for (const part of value) refuseSealedReference(node, key, part);
}
