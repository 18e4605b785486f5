import type { CallContext } from './call-context.ts';
import { foreignKeyBelow } from './foreign-key-below.ts';
import { mapEach } from './map-each.ts';
import { walkConnect } from './nested-connects.ts';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';

type Values = Readonly<Record<string, unknown>>;

/** `walkCreate`, handed down because the two walk into each other. */
export type CreateWalker = (
  context: CallContext,
  view: ModelView,
  data: Values,
  inherited: Values,
) => Record<string, unknown>;

/** Rewrites every relation in the `data` of a create, in place: `data` is our own copy. */
export function walkCreateRelations(
  context: CallContext,
  view: ModelView,
  data: Record<string, unknown>,
  walk: CreateWalker,
): void {
  for (const [name, field] of view.fields) {
    const value = data[name];
    if (field.kind !== 'relation' || !isRecord(value)) continue;
    const below = context.schema.model(field.type);
    if (!below.reachesSealed) continue;
    const out: Record<string, unknown> = { ...value };
    walkNestedCreates(context, view, name, out, data, walk);
    walkConnect(context, view, name, out);
    data[name] = out;
  }
}

/** `create`, `createMany` and `connectOrCreate` under one relation, in place. */
export function walkNestedCreates(
  context: CallContext,
  view: ModelView,
  name: string,
  writes: Record<string, unknown>,
  parent: Values,
  walk: CreateWalker,
): void {
  const below = context.schema.model(view.fields.get(name)?.type ?? '');
  const inherited = inheritedKeys(view, name, below, parent);
  const create = (data: unknown): unknown =>
    isRecord(data) ? walk(context, below, data, inherited) : data;
  if (writes.create !== undefined) writes.create = mapEach(writes.create, create);
  if (isRecord(writes.createMany)) {
    const { createMany } = writes;
    writes.createMany = { ...createMany, data: mapEach(createMany.data, create) };
  }
  if (writes.connectOrCreate !== undefined) {
    writes.connectOrCreate = mapEach(writes.connectOrCreate, (part) =>
      isRecord(part) ? { ...part, create: create(part.create) } : part,
    );
  }
}

/** The foreign key that a nested row gets from its parent. */
export function inheritedKeys(
  view: ModelView,
  name: string,
  below: ModelView,
  parent: Values,
): Values {
  const back = foreignKeyBelow(view, name, below);
  const inherited: Record<string, unknown> = {};
  for (const [place, from] of (back?.from ?? []).entries()) {
    const value = parent[back?.to?.[place] ?? ''];
    if (value !== undefined) inherited[from] = value;
  }
  return inherited;
}
