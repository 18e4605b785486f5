import { type EntityMetadata, FindOperator, type ObjectLiteral, Raw } from 'typeorm';
import { Parameter } from '../annotation/parameter.ts';
import type { ColumnMetadata, SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import { type CompiledCondition, compileCondition } from './compile-condition.ts';
import type { QueryContext } from './query-context.ts';
import { refusal } from './refusal.ts';
import { scopeIn } from './scope-of.ts';

export interface WhereRewrite {
  readonly context: QueryContext;
  readonly isNegated: boolean;
  /** Whether conditions on relations are inside this object and not handed on by TypeORM. */
  readonly followsRelations: boolean;
  /** Told which index was asked, under which alias of the statement. */
  looked(alias: string | undefined, index: string): void;
}

/**
 * Replaces every condition on a sealed field by one on its token columns, in a copy. The object of
 * the application and its operators stay as they are.
 *
 * @param where - Conditions on one entity that all have to hold, with those of embedded objects.
 */
export function rewriteWhere(
  rewrite: WhereRewrite,
  where: ObjectLiteral,
  metadata: EntityMetadata,
): ObjectLiteral {
  const entity = rewrite.context.entities.of(metadata);
  return walk({ rewrite, entity, metadata, root: where }, where, '');
}

interface Walk {
  readonly rewrite: WhereRewrite;
  readonly entity: SealedEntity | undefined;
  readonly metadata: EntityMetadata;
  readonly root: ObjectLiteral;
}

function walk(state: Walk, where: ObjectLiteral, prefix: string): ObjectLiteral {
  let copy: ObjectLiteral | undefined;
  for (const key of Object.keys(where)) {
    const value: unknown = where[key];
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const changed = rewriteKey(state, path, value);
    if (changed === value) continue;
    if (key.includes('.')) refuseDotted(state, path);
    copy ??= Object.assign(Object.create(Object.getPrototypeOf(where)), where) as ObjectLiteral;
    copy[key] = changed;
  }
  return copy ?? where;
}

function rewriteKey(state: Walk, path: string, value: unknown): unknown {
  const { entity, metadata, rewrite } = state;
  if (value === null || value === undefined) return value;
  refuseOld(entity, path);
  const sealed = entity?.byPath.get(path);
  if (entity !== undefined && sealed !== undefined) {
    return onSealed(state, entity, sealed, value);
  }
  if (value instanceof Parameter) return value;
  if (value instanceof FindOperator) refuseEntity(state, path, value);
  if (typeof value !== 'object' || value instanceof FindOperator) {
    refuseToken(entity, path);
    return value;
  }
  if (metadata.findEmbeddedWithPropertyPath(path) !== undefined) {
    return walk(state, value as ObjectLiteral, path);
  }
  const relation = metadata.findRelationWithPropertyPath(path);
  if (relation === undefined || !rewrite.followsRelations || Array.isArray(value)) return value;
  return rewriteWhere(rewrite, value as ObjectLiteral, relation.inverseEntityMetadata);
}

function onSealed(
  { rewrite, root }: Walk,
  entity: SealedEntity,
  sealed: SealedColumn,
  operand: unknown,
): FindOperator<unknown> {
  const { context, isNegated } = rewrite;
  const scope = sealed.field.scope === undefined ? undefined : entity.column(sealed.field.scope);
  const tenant = scope === undefined ? undefined : scopeIn(scope, root);
  const compiled = compileCondition({ context, entity, sealed, tenant, isNegated }, operand);
  return asOperator(rewrite, sealed.column, compiled);
}

/** SQL of our own in the place of an operator: TypeORM tells the path of the sealed column. */
function asOperator(
  rewrite: WhereRewrite,
  column: ColumnMetadata,
  { sql, parameters, looked }: CompiledCondition,
): FindOperator<unknown> {
  return Raw(
    (aliasPath) => {
      const before = aliasPath.slice(0, aliasPath.length - column.propertyPath.length);
      const alias = before === '' ? undefined : before.slice(0, -1);
      for (const index of looked) rewrite.looked(alias, index);
      return sql((other) => `${before}${other.propertyPath}`);
    },
    { ...parameters },
  );
}

/** Where a builder gets such a key, TypeORM compares the column with nothing at all. */
function refuseDotted({ entity, rewrite }: Walk, path: string): void {
  const sealed = entity?.byPath.get(path);
  if (sealed === undefined || !rewrite.followsRelations) return;
  const place = { model: sealed.model, field: path, operator: 'where' };
  throw refusal(place, 'nest the condition, one object for each part of the path');
}

/** TypeORM would send the whole entity, with its plain values, in the place of a key. */
function refuseEntity(
  { metadata, rewrite }: Walk,
  path: string,
  { type, value }: FindOperator<unknown>,
): void {
  const relation = metadata.findRelationWithPropertyPath(path);
  if (relation === undefined) return;
  const other = rewrite.context.entities.of(relation.inverseEntityMetadata);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [sealed] = other?.sealed.values() ?? [];
  const isEntity = (each: unknown): boolean =>
    typeof each === 'object' && each !== null && other !== undefined && hasSealed(other, each);
  if (sealed === undefined || !values.some(isEntity)) return;
  const place = { model: metadata.name, field: path, operator: type };
  throw refusal(place, `name the key of ${sealed.model}, not the whole entity`);
}

function hasSealed({ sealed }: SealedEntity, value: ObjectLiteral): boolean {
  return [...sealed.keys()].some((column) => column.getEntityValue(value) !== undefined);
}

function refuseOld(entity: SealedEntity | undefined, path: string): void {
  for (const [column, { model, field }] of entity?.oldOf ?? []) {
    if (column.propertyPath !== path) continue;
    const place = { model, field: path, operator: 'where' };
    throw refusal(place, `name ${field.name}, not its old column`);
  }
}

function refuseToken(entity: SealedEntity | undefined, path: string): void {
  for (const { sealed, index } of entity?.tokenOf.values() ?? []) {
    if (index.name !== path) continue;
    const place = { model: sealed.model, field: path, operator: 'where' };
    throw refusal(place, `name ${sealed.field.name}, not its token column`);
  }
}
