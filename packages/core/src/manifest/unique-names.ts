import type { Manifest, ManifestField, ManifestModel } from './manifest.ts';
import { type ManifestPlace, manifestInvalid } from './record-reader.ts';

function placeOf(model: ManifestModel, name: string): ManifestPlace {
  return { path: `${model.name}.${name}`, model: model.name, field: name };
}

/**
 * Two fields of one id would share field keys and open each other's cells; two indexes of one id
 * would share tokens.
 * @throws `ERR_MANIFEST_INVALID`
 */
export function checkUniqueIds(manifest: Manifest): void {
  const ids = new Set<string>();
  for (const model of manifest.models) {
    // a view shows columns of tables, which may be in another manifest
    if (model.view === true) continue;
    for (const field of model.fields) {
      for (const { id, name } of [field, ...field.indexes]) {
        if (ids.has(id)) throw manifestInvalid(placeOf(model, name), `the id ${id} is taken`);
        ids.add(id);
      }
    }
  }
}

/**
 * A property or column has one meaning: key column, sealed field or token column.
 * @throws `ERR_MANIFEST_INVALID`
 */
export function checkUniqueNames(model: ManifestModel): void {
  const names = new Set<string>();
  const columns = new Set<string>();
  const sealed = model.fields.flatMap((field) => [
    field,
    ...field.indexes,
    ...(field.from === undefined ? [] : [field.from]),
  ]);
  for (const { name, column } of [...model.primaryKey, ...sealed]) {
    if (names.has(name) || columns.has(column)) {
      throw manifestInvalid(placeOf(model, name), 'its name or column is taken in this model');
    }
    names.add(name);
    columns.add(column);
  }
  const sealedNames = new Set(sealed.map(({ name }) => name));
  for (const field of model.fields) checkScopeNames(model, field, sealedNames);
}

/** Tenant and subject are read before anything is open. */
function checkScopeNames(
  model: ManifestModel,
  field: ManifestField,
  sealed: ReadonlySet<string>,
): void {
  const { name, scope, subject } = field;
  if (scope !== undefined && (sealed.has(scope) || scope === subject)) {
    throw manifestInvalid(placeOf(model, name), 'scope must name a column that is not sealed');
  }
  if (subject !== undefined && sealed.has(subject)) {
    throw manifestInvalid(placeOf(model, name), 'subject must name a column that is not sealed');
  }
}
