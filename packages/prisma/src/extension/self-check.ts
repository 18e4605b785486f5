import { checkTable, type FieldCodec, FieldsealError, type ManifestModel } from '@fieldseal/core';
import type { PrismaManifest } from '../manifest/prisma-manifest.ts';
import type { ExtendedClient } from './extended-client.ts';
import { readTableColumns } from './table-columns.ts';
import { constraintFields, indexedColumns, readTableIndexes } from './table-indexes.ts';

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
  const tableOf = await readTableColumns(client, manifest.models);
  const indexes = await readTableIndexes(client, manifest);
  for (const model of manifest.models) {
    const table = tableOf(model);
    checkTable(
      model,
      table && { columns: table.columns, indexed: indexedColumns(table.schema, model, indexes) },
    );
  }
  await codec.register();
  return constraintFields(manifest, indexes);
}

/** A client that does not know a token column would write rows that cannot be found again. */
function checkClient(client: ExtendedClient, model: ManifestModel): void {
  const known = client._runtimeDataModel?.models[model.name]?.fields.map((field) => field.name);
  for (const { name, from, indexes } of model.fields) {
    const old = from === undefined ? [] : [from.name];
    for (const expected of [name, ...old, ...indexes.map((index) => index.name)]) {
      if (known?.includes(expected) === true) continue;
      throw new FieldsealError(
        'ERR_NOT_WIRED',
        `The Prisma client does not know ${model.name}.${expected}; run "prisma generate" again`,
        { model: model.name, field: expected },
      );
    }
  }
}
