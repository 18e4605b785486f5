import { InstanceChecker, type ObjectLiteral, type QueryBuilder } from 'typeorm';
import { contextOf } from './query-context.ts';
import { rewriteWhere } from './rewrite-where.ts';
import { refuseConditions } from './table-without-entity.ts';

type Builder = QueryBuilder<ObjectLiteral>;

/** What is known about the conditions of one query builder while they are built. */
export interface ConditionState {
  /** The builder around a bracket. */
  parent: ConditionState | undefined;
  /** Whether a bracket is being built that stands under NOT. */
  isNegated: boolean;
  /** Indexes that rows were found by, by alias. */
  readonly looked: Map<string, Set<string>>;
}

const states = new WeakMap<Builder, ConditionState>();

/** @param parent - The builder that this one makes a bracket for, if any. */
export function stateOf(builder: Builder, parent?: Builder): ConditionState {
  let state = states.get(builder);
  if (state === undefined) {
    state = { parent: undefined, isNegated: false, looked: new Map() };
    states.set(builder, state);
  }
  if (parent !== undefined) state.parent = stateOf(parent);
  return state;
}

/** A clone has the conditions, so it knows the same of them. */
export function copyState(from: Builder, to: Builder): void {
  const copy = stateOf(to);
  for (const [alias, indexes] of stateOf(from).looked) copy.looked.set(alias, new Set(indexes));
}

/** Conditions of an object, rewritten for the builder's main entity. */
export function rewritten(
  builder: Builder,
  state: ConditionState,
  where: ObjectLiteral,
): ObjectLiteral {
  const context = contextOf(builder.dataSource);
  const main = builder.expressionMap.mainAlias;
  if (context === undefined || main === undefined) return where;
  if (!main.hasMetadata) {
    refuseConditions(builder, where);
    return where;
  }
  const looked = (alias: string | undefined, index: string): void => {
    remember(state, alias ?? main.name, index);
  };
  const isNegated = isUnderNot(state);
  return rewriteWhere({ context, isNegated, followsRelations: true, looked }, where, main.metadata);
}

export function remember(state: ConditionState, alias: string, index: string): void {
  for (let each: ConditionState | undefined = state; each !== undefined; each = each.parent) {
    const known = each.looked.get(alias);
    if (known === undefined) each.looked.set(alias, new Set([index]));
    else known.add(index);
  }
}

function isUnderNot(state: ConditionState): boolean {
  for (let each: ConditionState | undefined = state; each !== undefined; each = each.parent) {
    if (each.isNegated) return true;
  }
  return false;
}

/** Builds one condition, and knows meanwhile whether it stands under NOT. */
export function buildCondition<T>(state: ConditionState, where: unknown, build: () => T): T {
  const before = state.isNegated;
  if (InstanceChecker.isNotBrackets(where)) state.isNegated = true;
  try {
    return build();
  } finally {
    state.isNegated = before;
  }
}
