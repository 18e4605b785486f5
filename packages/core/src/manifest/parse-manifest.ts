import { compareText } from './compare-text.ts';
import { checkIndexes } from './index-rules.ts';
import type {
  Manifest,
  ManifestField,
  ManifestKeyColumn,
  ManifestModel,
  ManifestScopeColumn,
  ManifestTokenIndex,
} from './manifest.ts';
import { parseField } from './parse-field.ts';
import { type ManifestPlace, manifestInvalid, readRecord } from './record-reader.ts';
import { ADAPTER, DATABASE_NAME, NAME } from './text-rules.ts';
import { checkUniqueIds, checkUniqueNames } from './unique-names.ts';

const MAX_MODELS = 5000;
const MAX_FIELDS = 1000;
const MAX_KEY_COLUMNS = 32;
const ROW_KEY_TYPES = ['int', 'uuid', 'text', 'bytes'] as const;

/**
 * Reads a manifest from plain data of any origin: a generated module, JSON, an exported build
 * step. The shape is closed, but for `graph`, which belongs to the adapter and is left out.
 *
 * @returns a frozen copy; the given object may change afterwards.
 * @throws `ERR_MANIFEST_INVALID` naming model and field.
 *
 * @example
 * ```ts
 * import { parseManifest } from '@fieldseal/core';
 *
 * const manifest = parseManifest({ version: 1, adapter: 'prisma', models: [] });
 * manifest.models.length; // 0
 * ```
 */
export function parseManifest(value: unknown): Manifest {
  const place = { path: 'manifest' };
  const record = readRecord(value, place, ['version', 'adapter', 'models', 'graph']);
  const manifest: Manifest = {
    version: record.oneOf('version', [1]),
    adapter: record.text('adapter', ADAPTER),
    models: Object.freeze(record.list('models', 0, MAX_MODELS).map(parseModel)),
  };
  const names = new Set<string>();
  for (const { name } of manifest.models) {
    if (names.has(name)) throw manifestInvalid({ path: name, model: name }, 'is listed twice');
    names.add(name);
  }
  checkUniqueIds(manifest);
  return Object.freeze(manifest);
}

function parseModel(value: unknown, position: number): ManifestModel {
  const record = readRecord(value, { path: `models[${position}]` }, [
    'name',
    'table',
    'schema',
    'view',
    'primaryKey',
    'scopeColumns',
    'tokenIndexes',
    'fields',
  ]);
  const name = record.text('name', NAME);
  const place: ManifestPlace = { path: name, model: name };
  record.locate(place);
  const schema = record.optionalText('schema', DATABASE_NAME);
  const isView = record.optionalOneOf('view', [true] as const);
  const primaryKey = record
    .list('primaryKey', 0, MAX_KEY_COLUMNS)
    .map((column, i) => parseKeyColumn(column, { ...place, path: `${name}.primaryKey[${i}]` }));
  const fields = record
    .list('fields', 1, MAX_FIELDS)
    .map((field, i) => parseField(field, { ...place, path: `${name}.fields[${i}]` }));
  const scopeColumns = record
    .optionalList('scopeColumns', 1, 2 * MAX_FIELDS)
    ?.map((column, i) =>
      parseScopeColumn(column, { ...place, path: `${name}.scopeColumns[${i}]` }),
    );
  const tokenIndexes = record
    .optionalList('tokenIndexes', 1, MAX_FIELDS)
    ?.map((index, i) => parseTokenIndex(index, { ...place, path: `${name}.tokenIndexes[${i}]` }));
  const model: ManifestModel = {
    name,
    table: record.text('table', DATABASE_NAME),
    ...(schema === undefined ? {} : { schema }),
    ...(isView === undefined ? {} : { view: true as const }),
    primaryKey: Object.freeze(primaryKey),
    ...(scopeColumns === undefined ? {} : { scopeColumns: Object.freeze(scopeColumns) }),
    ...(tokenIndexes === undefined ? {} : { tokenIndexes: Object.freeze(tokenIndexes) }),
    fields: Object.freeze(fields),
  };
  checkKey(model, place);
  checkUniqueNames(model);
  if (scopeColumns !== undefined) checkScopeColumns(fields, scopeColumns, place);
  for (const field of fields) checkIndexes(model, field);
  return Object.freeze(model);
}

function parseKeyColumn(value: unknown, place: ManifestPlace): ManifestKeyColumn {
  const record = readRecord(value, place, ['name', 'column', 'type']);
  return Object.freeze({
    name: record.text('name', NAME),
    column: record.text('column', DATABASE_NAME),
    type: record.isNull('type') ? null : record.oneOf('type', ROW_KEY_TYPES),
  });
}

function parseScopeColumn(value: unknown, place: ManifestPlace): ManifestScopeColumn {
  const record = readRecord(value, place, ['name', 'column']);
  return Object.freeze({
    name: record.text('name', NAME),
    column: record.text('column', DATABASE_NAME),
  });
}

function parseTokenIndex(value: unknown, place: ManifestPlace): ManifestTokenIndex {
  const record = readRecord(value, place, ['name', 'columns', 'unique', 'constraint']);
  const columns = record.list('columns', 1, MAX_KEY_COLUMNS).map((column) => {
    if (typeof column === 'string' && DATABASE_NAME.pattern.test(column)) return column;
    throw manifestInvalid(place, `columns must each be ${DATABASE_NAME.expected}`);
  });
  const isConstraint = record.optionalOneOf('constraint', [true] as const);
  return Object.freeze({
    name: record.text('name', DATABASE_NAME),
    columns: Object.freeze(columns),
    unique: record.flag('unique'),
    ...(isConstraint === undefined ? {} : { constraint: true as const }),
  });
}

function checkScopeColumns(
  fields: readonly ManifestField[],
  columns: readonly ManifestScopeColumn[],
  place: ManifestPlace,
): void {
  const named = new Set(
    fields.flatMap(({ scope, subject }) => [scope ?? [], subject ?? []].flat()),
  );
  const listed = columns.map(({ name }) => name);
  const isWhole = named.size === listed.length && listed.every((name) => named.has(name));
  if (!isWhole || new Set(listed).size !== listed.length) {
    throw manifestInvalid(
      place,
      'scopeColumns must be the columns that its fields name, each once',
    );
  }
}

/** The order of the key columns is part of what cells are bound to (FORMAT.md section 3). */
function checkKey(model: ManifestModel, place: ManifestPlace): void {
  const { primaryKey } = model;
  const columns = primaryKey.map(({ column }) => column);
  const sorted = columns.toSorted(compareText);
  if (columns.some((column, i) => column !== sorted[i])) {
    throw manifestInvalid(place, 'primaryKey must be sorted by the names of its columns');
  }
  const bindable = primaryKey.length > 0 && primaryKey.every(({ type }) => type !== null);
  if (bindable) return;
  const bound = model.fields.find(({ bind }) => bind === 'row');
  if (bound === undefined) return;
  throw manifestInvalid(
    { path: `${model.name}.${bound.name}`, model: model.name, field: bound.name },
    'bind "row" needs a primary key of whole numbers, uuids, text or bytes; use bind "field"',
  );
}
