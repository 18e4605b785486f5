import { FieldsealError, type ManifestField, type Scope, scopeText } from '@fieldseal/core';
import type { DataSource, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata, SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import { refuseDottedKeys } from './refuse-dotted-keys.ts';
import { keyInWhere, type RowKey } from './row-key.ts';
import { scopeIn } from './scope-of.ts';
import { rowUnknown, writtenFields } from './written-fields.ts';

/** What an update says by itself about the row that it hits. */
export interface UpdateRow {
  readonly entity: SealedEntity;
  readonly written: ReadonlyMap<SealedColumn, unknown>;
  readonly key: RowKey | undefined;
  /** By path of the scope column. */
  readonly scopes: ReadonlyMap<string, string>;
  /** Paths of scope columns that nothing names yet. */
  readonly missing: readonly string[];
  /** Paths of scope columns that only the ambient scope names: the row can be another one's. */
  readonly around: readonly string[];
  readonly needsKey: boolean;
}

export interface UpdateFacts {
  readonly dataSource: DataSource;
  readonly entity: SealedEntity;
  readonly values: ObjectLiteral;
  /** Condition objects that all have to hold. */
  readonly conditions: readonly ObjectLiteral[];
  readonly ambient: Scope;
}

/**
 * @throws `ERR_ROW_IDENTITY` when the key of a row with row-bound cells would change,
 * `ERR_SCOPE_CHANGE` when its scope would, without all that is sealed for it,
 * `ERR_OPERATOR_UNSUPPORTED` for keys with dots
 */
export function updateRow(facts: UpdateFacts): UpdateRow {
  const { dataSource, entity, values, conditions, ambient } = facts;
  refuseDottedKeys(entity, values);
  const written = writtenFields(entity, values);
  checkKey(facts);
  checkScopes(facts, written);
  const sealing = [...written].filter(([, value]) => value !== null).map(([{ field }]) => field);
  const needsKey = sealing.some(({ bind }) => bind === 'row');
  const scopes = new Map<string, string>();
  const missing = new Set<string>();
  const around = new Set<string>();
  for (const { path, part } of sealing.flatMap(scopesOf)) {
    const column = entity.column(path);
    const named = column === undefined ? undefined : namedScope(entity, column, values, conditions);
    const scope = named ?? (column === undefined ? undefined : ambient[part]);
    if (scope === undefined) missing.add(path);
    else scopes.set(path, scope);
    if (scope !== undefined && named === undefined) around.add(path);
  }
  const keys = conditions.map((where) => keyInWhere(dataSource, entity, where));
  const key = needsKey ? keys.find((found) => found !== undefined) : undefined;
  return { entity, written, key, scopes, missing: [...missing], around: [...around], needsKey };
}

interface ScopeUse {
  readonly path: string;
  readonly part: keyof Scope;
}

function scopesOf({ scope, subject }: ManifestField): readonly ScopeUse[] {
  return [
    ...(scope === undefined ? [] : [{ path: scope, part: 'tenant' } as const]),
    ...(subject === undefined ? [] : [{ path: subject, part: 'subject' } as const]),
  ];
}

/** TypeORM leaves out a column that is declared with `update: false`. */
function writtenIn(column: ColumnMetadata, values: ObjectLiteral): unknown {
  return column.isUpdate ? column.getEntityValue(values) : undefined;
}

/** @throws `ERR_SCOPE_CHANGE` for what the database would make: nothing could be sealed for that */
function writtenScope({ model }: SealedEntity, column: ColumnMetadata, written: unknown): string {
  const text = scopeText(written);
  if (text !== undefined) return text;
  const message = `${model}: ${column.propertyPath} is set by an expression, so nothing can be sealed for it; give a value`;
  throw new FieldsealError('ERR_SCOPE_CHANGE', message, { model });
}

function namedScope(
  entity: SealedEntity,
  column: ColumnMetadata,
  values: ObjectLiteral,
  conditions: readonly ObjectLiteral[],
): string | undefined {
  const written = writtenIn(column, values);
  if (written !== undefined) return writtenScope(entity, column, written);
  for (const where of conditions) {
    const named = scopeIn(column, where);
    if (named !== undefined) return named;
  }
  return undefined;
}

function checkKey({ entity, values }: UpdateFacts): void {
  const isBound = [...entity.sealed.values()].some(({ field }) => field.bind === 'row');
  const changed = entity.keys.find(({ column }) => column.getEntityValue(values) !== undefined);
  if (!isBound || changed === undefined) return;
  const message = `${entity.model}: the primary key of a row with row-bound cells cannot be changed`;
  throw new FieldsealError('ERR_ROW_IDENTITY', message, { model: entity.model });
}

function checkScopes(
  { entity, values }: UpdateFacts,
  written: ReadonlyMap<SealedColumn, unknown>,
): void {
  for (const sealed of entity.sealed.values()) {
    for (const path of [sealed.field.scope, sealed.field.subject]) {
      const column = path === undefined ? undefined : entity.column(path);
      if (column === undefined || writtenIn(column, values) === undefined) continue;
      if (written.has(sealed)) continue;
      const place = { model: entity.model, field: sealed.field.name };
      const message = `${place.model}: ${path} changes, so ${place.field} has to be written again in the same call`;
      throw new FieldsealError('ERR_SCOPE_CHANGE', message, place);
    }
  }
}

/** One row of what the locate query found, by path of the column. */
export type LocatedRow = ReadonlyMap<string, unknown>;

/**
 * The row with what the locate query found.
 * @throws `ERR_ROW_UNKNOWN` when several rows match and a value is bound to its row,
 * `ERR_SCOPE_REQUIRED` when they belong to several tenants
 */
export function withLocated(row: UpdateRow, located: readonly LocatedRow[]): UpdateRow {
  const { entity, needsKey, missing } = row;
  const [first, second] = located;
  if (second !== undefined) throw severalRows(row);
  if (first === undefined) return row;
  const scopes = new Map(row.scopes);
  for (const path of missing) {
    const text = scopeText(first.get(path));
    if (text !== undefined) scopes.set(path, text);
  }
  const key = Object.fromEntries(entity.keys.map(({ name }) => [name, first.get(name)]));
  return { ...row, scopes, key: needsKey ? (row.key ?? key) : undefined, missing: [] };
}

function severalRows({ entity, needsKey, key, missing }: UpdateRow): FieldsealError {
  const { model } = entity;
  if (needsKey && key === undefined) {
    return rowUnknown(entity, 'a row-bound value is for one row; the condition matches several');
  }
  const message = `${model}: the condition matches rows of several owners; name ${missing.join(', ')}`;
  return new FieldsealError('ERR_SCOPE_REQUIRED', message, { model });
}
