import { FieldsealError } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { scopeColumns } from './data-scope.ts';
import { foreignKeyBelow } from './foreign-key-below.ts';
import { mapEach } from './map-each.ts';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';
import { walkWhere } from './walk-where.ts';

/** Writes that name existing rows by a unique, and those that name any by a condition. */
const BY_UNIQUE = ['connect', 'set', 'disconnect', 'delete'] as const;

/**
 * Rewrites the conditions of `connect`, `set`, `disconnect`, `delete`, `deleteMany` and
 * `connectOrCreate` under one relation, in place.
 * @throws `ERR_SCOPE_CHANGE` where the write would move a row with sealed fields to another tenant
 */
export function walkConnect(
  context: CallContext,
  view: ModelView,
  name: string,
  writes: Record<string, unknown>,
): void {
  const field = view.fields.get(name);
  if (field === undefined) return;
  const below = context.schema.model(field.type);
  for (const operator of ['connect', 'set', 'disconnect', 'connectOrCreate'] as const) {
    if (writes[operator] !== undefined) refuseMove(context, view, below, name, operator);
  }
  for (const operator of BY_UNIQUE) {
    // `disconnect` and `delete` of a to-one relation take a plain condition, not a unique.
    const unique = field.isList || operator === 'connect';
    if (writes[operator] === undefined) continue;
    writes[operator] = mapEach(
      writes[operator],
      (where) => walkWhere(context, below, where, { unique }).where,
    );
  }
  if (writes.deleteMany !== undefined) {
    writes.deleteMany = mapEach(
      writes.deleteMany,
      (where) => walkWhere(context, below, where).where,
    );
  }
  if (writes.connectOrCreate !== undefined) {
    writes.connectOrCreate = mapEach(writes.connectOrCreate, (part) =>
      isRecord(part)
        ? { ...part, where: walkWhere(context, below, part.where, { unique: true }).where }
        : part,
    );
  }
}

/** The foreign key of the rows below may be the tenant that their cells are sealed for. */
function refuseMove(
  context: CallContext,
  view: ModelView,
  below: ModelView,
  name: string,
  operator: string,
): void {
  if (below.sealed === undefined) return;
  const columns = scopeColumns(below.sealed.fields.values());
  const back = foreignKeyBelow(view, name, below);
  if (back?.from?.some((column) => columns.has(column)) === true) {
    throw new FieldsealError(
      'ERR_SCOPE_CHANGE',
      `${view.name}.${name} in ${context.operation}: '${operator}' would move rows of ` +
        `${below.name} with sealed fields to another scope`,
      { model: below.name, field: name, operation: context.operation, operator },
    );
  }
}
