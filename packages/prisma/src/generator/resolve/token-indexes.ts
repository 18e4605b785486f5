import type { ManifestModel, ManifestTokenIndex } from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';
import type { ModelContext } from './model-context.ts';
import { columnOf } from './resolve-field.ts';

/** What PostgreSQL lets a name have, in bytes. */
const MAX_NAME = 63;

/** The indexes over tokens of fields that are moving, as Prisma Migrate would make them. */
export function tokenIndexesOf(context: ModelContext): Pick<ManifestModel, 'tokenIndexes'> {
  const moving = new Set(
    context.sealed
      .filter(({ options }) => options.phase !== undefined)
      .map(({ field }) => field.name),
  );
  const tokens = new Set(
    context.tokens
      .filter(({ options }) => moving.has(options.field))
      .map(({ field }) => field.name),
  );
  const found = context.indexes.filter(
    ({ type, fields }) =>
      (type === 'unique' || type === 'normal') && fields.some(({ name }) => tokens.has(name)),
  );
  if (found.length === 0) return {};
  return { tokenIndexes: found.map((index) => tokenIndex(context.model, index)) };
}

function tokenIndex(model: DMMF.Model, index: DMMF.Index): ManifestTokenIndex {
  const columns = index.fields.map(({ name }) => {
    const field = model.fields.find((each) => each.name === name);
    return field === undefined ? name : columnOf(field);
  });
  const unique = index.type === 'unique';
  return { name: index.dbName ?? defaultName(model, columns, unique), columns, unique };
}

/** Prisma cuts off what comes before the suffix. */
function defaultName(model: DMMF.Model, columns: readonly string[], unique: boolean): string {
  const suffix = unique ? '_key' : '_idx';
  const whole = [model.dbName ?? model.name, ...columns].join('_');
  let start = whole;
  while (Buffer.byteLength(start) > MAX_NAME - suffix.length) start = start.slice(0, -1);
  return `${start}${suffix}`;
}
