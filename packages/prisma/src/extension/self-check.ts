import {
  type FieldCodec,
  FieldsealError,
  type ManifestField,
  type ManifestIndex,
  type ManifestModel,
} from '@fieldseal/core';
import type { PrismaManifest } from '../manifest/prisma-manifest.ts';
import type { ExtendedClient } from './extended-client.ts';
import { readTableColumns, type TableColumn } from './table-columns.ts';
import { constraintFields, readTableIndexes, type TableIndex } from './table-indexes.ts';

/** Bytes around the plaintext of a cell (FORMAT.md section 3). */
const CELL_OVERHEAD_BYTES = 59;
const SHORTEST_PLAINTEXT_BYTES = 16;

/**
 * Proves that client, database and key store agree with the manifest, before the first use of a
 * sealed field.
 * @returns the fields of each unique index by the index's name, for errors of the database
 * @throws `ERR_NOT_WIRED` when the client was generated from another schema
 * @throws `ERR_MANIFEST_MISMATCH` when a column or index is missing, or its type does not fit
 */
export async function selfCheck(
  client: ExtendedClient,
  manifest: PrismaManifest,
  codec: FieldCodec,
): Promise<ReadonlyMap<string, readonly string[]>> {
  for (const model of manifest.models) checkClient(client, model);
  const columnsOf = await readTableColumns(client, manifest.models);
  const indexes = await readTableIndexes(client, manifest);
  for (const model of manifest.models) {
    const columns = columnsOf(model);
    if (columns === undefined) throw mismatch(model, 'the database has no such table');
    for (const field of model.fields) checkField(model, field, columns, indexes);
  }
  await codec.register();
  return constraintFields(manifest, indexes);
}

/** A client that does not know a token column would write rows that cannot be found again. */
function checkClient(client: ExtendedClient, model: ManifestModel): void {
  const known = client._runtimeDataModel?.models[model.name]?.fields.map((field) => field.name);
  for (const { name, indexes } of model.fields) {
    for (const expected of [name, ...indexes.map((index) => index.name)]) {
      if (known?.includes(expected) === true) continue;
      throw new FieldsealError(
        'ERR_NOT_WIRED',
        `The Prisma client does not know ${model.name}.${expected}; run "prisma generate" again`,
        { model: model.name, field: expected },
      );
    }
  }
}

function checkField(
  model: ManifestModel,
  field: ManifestField,
  columns: ReadonlyMap<string, TableColumn>,
  indexes: readonly TableIndex[],
): void {
  const column = columns.get(field.column);
  if (column === undefined) throw mismatch(model, 'the column is missing', field.column);
  const types = field.storage === 'text' ? ['text', 'varchar', 'bpchar'] : ['bytea'];
  if (!types.includes(column.type)) {
    throw mismatch(model, `the column is ${column.type}, not ${types[0]}`, field.column);
  }
  const needed = shortestText(field);
  if (column.maxLength !== undefined && column.maxLength < needed) {
    throw mismatch(model, `the column takes less than ${needed} characters`, field.column);
  }
  for (const index of field.indexes) {
    checkToken(model, index, columns.get(index.column), indexes);
  }
}

function checkToken(
  model: ManifestModel,
  index: ManifestIndex,
  column: TableColumn | undefined,
  indexes: readonly TableIndex[],
): void {
  if (column === undefined) throw mismatch(model, 'the token column is missing', index.column);
  if (column.type !== 'bytea') {
    throw mismatch(model, `the token column is ${column.type}, not bytea`, index.column);
  }
  const indexed = indexes.some(
    ({ schema, table, columns }) =>
      schema === column.schema && table === model.table && columns.includes(index.column),
  );
  if (!indexed) throw mismatch(model, 'the token column has no index', index.column);
}

/** `fs1.` and the base64url of the shortest cell of the field. */
function shortestText(field: ManifestField): number {
  const bytes = CELL_OVERHEAD_BYTES + Math.max(field.pad ?? 0, SHORTEST_PLAINTEXT_BYTES);
  return 4 + Math.ceil((bytes * 4) / 3);
}

function mismatch(model: ManifestModel, why: string, column?: string): FieldsealError {
  const { name, table } = model;
  return new FieldsealError(
    'ERR_MANIFEST_MISMATCH',
    `${name}: ${table}${column === undefined ? '' : `.${column}`}: ${why}`,
    { model: name, table, ...(column === undefined ? {} : { column }) },
  );
}
