import {
  FieldsealError,
  type Manifest,
  type ManifestField,
  type ManifestModel,
  manifestKey,
  manifestScopes,
  parseManifest,
} from '@fieldseal/core';
import type { EntityDraft } from './entity-draft.ts';
import { resolveField, schemaOf } from './resolve-field.ts';
import { tokenIndexesOf } from './token-indexes.ts';

/**
 * The manifest of a data source. Views come last in the making, since they show fields of tables.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID`
 */
export function resolveManifest(drafts: readonly EntityDraft[]): Manifest {
  const models = new Map<EntityDraft, ManifestModel>();
  const fields = new Map<string, ManifestField>();
  for (const draft of drafts.filter((each) => !isView(each))) {
    const model = resolveModel(draft, fields);
    models.set(draft, model);
    for (const field of model.fields) fields.set(field.id, field);
  }
  for (const draft of drafts.filter(isView)) models.set(draft, resolveModel(draft, fields));
  const inOrder = drafts.flatMap((draft) => models.get(draft) ?? []);
  return checked({ version: 1, adapter: 'typeorm', models: inOrder });
}

function isView({ metadata }: EntityDraft): boolean {
  return metadata.tableType === 'view';
}

function resolveModel(
  draft: EntityDraft,
  known: ReadonlyMap<string, ManifestField>,
): ManifestModel {
  const { metadata, sealed, key } = draft;
  const schema = schemaOf(draft);
  const fields = sealed.map((each) => {
    const shown = isView(draft) ? known.get(each.options.id ?? '') : undefined;
    return resolveField(draft, each, shown);
  });
  return {
    name: metadata.name,
    table: metadata.tableName,
    ...(schema === undefined ? {} : { schema }),
    ...(isView(draft) ? { view: true as const } : {}),
    primaryKey: manifestKey(key),
    ...scopeColumnsOf(draft, fields),
    ...tokenIndexesOf(draft),
    fields,
  };
}

function scopeColumnsOf(
  draft: EntityDraft,
  fields: readonly ManifestField[],
): Pick<ManifestModel, 'scopeColumns'> {
  const names = fields.flatMap(({ scope, subject }) => [scope ?? [], subject ?? []].flat());
  const columnOf = (name: string): string => draft.column(name)?.databaseName ?? name;
  return manifestScopes(names.map((name) => ({ name, column: columnOf(name) })));
}

/** The core's own rules: ids, names, what indexes disclose. What breaks them is an annotation. */
function checked(manifest: Manifest): Manifest {
  try {
    return parseManifest(manifest);
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.code !== 'ERR_MANIFEST_INVALID') throw error;
    // biome-ignore lint/style/useErrorCause: errors never have a cause, and this one is the same
    throw new FieldsealError('ERR_ANNOTATION_INVALID', error.message, error.meta);
  }
}
