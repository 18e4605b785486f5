import { type FieldCodec, FieldsealError } from '@fieldseal/core';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import type { SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import { refusal } from './refusal.ts';
import { rowUnknown } from './written-fields.ts';

export type OnUpdate = NonNullable<QueryExpressionMap['onUpdate']>;

/**
 * `ON CONFLICT ... DO UPDATE` as it may be sent: sealed conflict columns become their token column,
 * and tokens are overwritten with their field.
 *
 * @throws `ERR_ROW_UNKNOWN` for row-bound fields on a conflict target other than the primary key:
 * the row that is hit is another one than the row that the cell was sealed for
 * @throws `ERR_OPERATOR_UNSUPPORTED` on a conflict of tokens while rows may lack theirs
 * @throws `ERR_SCOPE_CHANGE` when the row that is hit could be another tenant's
 */
export function checkConflict(entity: SealedEntity, onUpdate: OnUpdate, codec: Codec): OnUpdate {
  const conflict = conflictColumns(entity, onUpdate.conflict, codec);
  const overwrite = new Set(onUpdate.overwrite ?? []);
  checkTokens(entity, overwrite);
  const sealed = [...entity.sealed.values()].filter(({ column }) =>
    overwrite.has(column.databaseName),
  );
  for (const { tokens, old } of sealed) {
    for (const { column } of tokens) overwrite.add(column.databaseName);
    if (old !== undefined) overwrite.add(old.databaseName);
  }
  checkRow(entity, sealed, conflict);
  checkScope(entity, sealed, conflict, overwrite);
  return {
    ...onUpdate,
    ...(conflict === undefined ? {} : { conflict }),
    ...(onUpdate.overwrite === undefined ? {} : { overwrite: [...overwrite] }),
  };
}

type Codec = Pick<FieldCodec, 'phaseOf' | 'isReady'>;

type Conflict = OnUpdate['conflict'];

/** A token without its cell would find the row by a value that it does not have. */
function checkTokens({ model, tokenOf }: SealedEntity, overwrite: ReadonlySet<string>): void {
  for (const [{ databaseName }, { sealed, index }] of tokenOf) {
    if (!overwrite.has(databaseName) || overwrite.has(sealed.column.databaseName)) continue;
    const place = { model, field: index.name, operator: 'on conflict' };
    throw refusal(place, `it is overwritten with ${sealed.field.name}`);
  }
}

function conflictColumns(entity: SealedEntity, conflict: Conflict, codec: Codec): Conflict {
  if (!Array.isArray(conflict)) return conflict;
  return conflict.map((name) => {
    const sealed = [...entity.sealed.values()].find(({ column }) => column.databaseName === name);
    if (sealed === undefined) return name;
    const token = sealed.tokens.find(({ index }) => index.kind === 'equality');
    const place = { model: entity.model, field: sealed.field.name, operator: 'on conflict' };
    const phase = codec.phaseOf(entity.model, sealed.field.name);
    if (phase === 'plain' || phase === 'migrating')
      throw refusal(place, `it is ${phase}, and a row without token would not conflict`);
    if (token !== undefined && codec.isReady(entity.model, token.index.name) === false)
      throw refusal(place, 'its index is being built, and a row without token would not conflict');
    if (token !== undefined) return token.column.databaseName;
    throw refusal(place, 'it has no unique index');
  });
}

function checkRow(entity: SealedEntity, sealed: readonly SealedColumn[], conflict: Conflict): void {
  if (!sealed.some(({ field }) => field.bind === 'row')) return;
  const key = entity.keys.map(({ column }) => column.databaseName);
  const isKey =
    Array.isArray(conflict) &&
    conflict.length === key.length &&
    key.every((name) => conflict.includes(name));
  if (isKey) return;
  throw rowUnknown(
    entity,
    'row-bound fields can be overwritten on a conflict of the primary key only',
  );
}

/** The row that is hit belongs to the same tenant, or becomes its row with all that is sealed. */
function checkScope(
  entity: SealedEntity,
  sealed: readonly SealedColumn[],
  conflict: Conflict,
  overwrite: ReadonlySet<string>,
): void {
  const scopes = new Set(
    [...entity.sealed.values()].flatMap(({ field }) =>
      [field.scope ?? [], field.subject ?? []].flat(),
    ),
  );
  for (const path of scopes) {
    const column = entity.column(path)?.databaseName ?? path;
    if (Array.isArray(conflict) && conflict.includes(column)) continue;
    const uses = ({ field }: SealedColumn): boolean =>
      field.scope === path || field.subject === path;
    const all = [...entity.sealed.values()].filter(uses);
    const isWritten = sealed.some(uses);
    const isChanged = overwrite.has(column);
    const isWhole = isChanged && all.every((each) => sealed.includes(each));
    if ((!isWritten && !isChanged) || isWhole) continue;
    throw new FieldsealError(
      'ERR_SCOPE_CHANGE',
      `${entity.model}: the row of the conflict can be another one's by ${path}; make ${path} part of the conflict, or overwrite it with every field that it is the scope of`,
      { model: entity.model },
    );
  }
}
