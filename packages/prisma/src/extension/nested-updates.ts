import type { CallContext } from './call-context.ts';
import { mapEach } from './map-each.ts';
import { walkConnect } from './nested-connects.ts';
import { inheritedKeys, walkNestedCreates } from './nested-creates.ts';
import { isRecord } from './record.ts';
import { createMissingRow, createRowKnowledge, type RowKnowledge } from './row-knowledge.ts';
import type { ModelView } from './schema-view.ts';
import { splitToOneUpdate } from './to-one-update.ts';
import { walkCreate } from './walk-create.ts';
import { walkUpdateMany } from './walk-update-many.ts';
import { walkWhere } from './walk-where.ts';
import { guarded, noRow } from './where-guard.ts';

type Values = Readonly<Record<string, unknown>>;

/** `walkUpdate`, handed down because the two walk into each other. */
export type UpdateWalker = (
  context: CallContext,
  view: ModelView,
  data: Values,
  row: RowKnowledge,
) => Record<string, unknown>;

/** One relation inside the `data` of an update. */
interface Relation {
  readonly context: CallContext;
  readonly below: ModelView;
  readonly isList: boolean;
  /** Foreign keys that a new related row gets from the row around it. */
  readonly inherited: Values;
  /** The related row of a to-one relation as the locate query found it. */
  readonly located: Values | null | undefined;
  readonly walk: UpdateWalker;
}

/** Rewrites every relation in the `data` of an update, in place: `data` is our own copy. */
export function walkUpdateRelations(
  context: CallContext,
  view: ModelView,
  data: Record<string, unknown>,
  row: RowKnowledge,
  walk: UpdateWalker,
): void {
  for (const [name, field] of view.fields) {
    const value = data[name];
    if (field.kind !== 'relation' || !isRecord(value)) continue;
    const below = context.schema.model(field.type);
    if (!below.reachesSealed) continue;
    const out: Record<string, unknown> = { ...value };
    const located = field.isList ? undefined : row.related(name);
    const inherited = inheritedKeys(view, name, below, row.key ?? {});
    walkNestedCreates(context, view, name, out, row.key ?? {}, walkCreate);
    walkConnect(context, view, name, out);
    walkNestedUpdates({ context, below, isList: field.isList, inherited, located, walk }, out);
    data[name] = out;
  }
}

function walkNestedUpdates(relation: Relation, writes: Record<string, unknown>): void {
  const { context, below, isList } = relation;
  const each = (operator: string, change: (part: Record<string, unknown>) => unknown): void => {
    if (writes[operator] === undefined) return;
    writes[operator] = mapEach(writes[operator], (part) => (isRecord(part) ? change(part) : part));
  };
  each('update', (part) => (isList ? updateOfMany(relation, part) : updateOfOne(relation, part)));
  each('upsert', (part) => upsert(relation, part));
  each('updateMany', (part) => ({
    ...part,
    where: walkWhere(context, below, part.where).where,
    data: isRecord(part.data) ? walkUpdateMany(context, below, part.data) : part.data,
  }));
}

function updateOfMany(relation: Relation, part: Record<string, unknown>): unknown {
  const { context, below, walk } = relation;
  if (!isRecord(part.data)) return part;
  const row = createRowKnowledge(below, part.where);
  const data = walk(context, below, part.data, row);
  const { where } = walkWhere(context, below, part.where, { unique: true });
  return { ...part, where: guarded(where, row.guard), data };
}

function updateOfOne(relation: Relation, part: Record<string, unknown>): unknown {
  const { context, below, located, walk } = relation;
  const { where, data } = splitToOneUpdate(below, part);
  if (located === null) return { where: noRow(below), data: emptyWrite(below) };
  const row = createRowKnowledge(below, where, located);
  const out = walk(context, below, data, row);
  const rewritten = walkWhere(context, below, where).where;
  const guards = guarded(rewritten, row.guard);
  return guards === undefined ? out : { where: guards, data: out };
}

/**
 * There is no row to seal for, and the database is to say so. Prisma leaves a nested update
 * without data out and reports nothing, so one that no row can get stands in for it.
 */
function emptyWrite(view: ModelView): Values {
  const [field] = view.sealed?.fields.values() ?? [];
  if (field === undefined) return {};
  return { [field.name]: field.storage === 'text' ? '' : new Uint8Array() };
}

function upsert(relation: Relation, part: Record<string, unknown>): unknown {
  const { context, below, isList, inherited, located, walk } = relation;
  if (!isRecord(part.create) || !isRecord(part.update)) return part;
  const create = walkCreate(context, below, part.create, inherited);
  const row =
    located === null
      ? createMissingRow(below, create)
      : createRowKnowledge(below, part.where, located);
  const update = walk(context, below, part.update, row);
  const { where } = walkWhere(context, below, part.where, { unique: isList });
  const guards = guarded(where, row.guard);
  return { ...part, create, update, ...(guards === undefined ? {} : { where: guards }) };
}
