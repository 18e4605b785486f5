import {
  defaultFieldId,
  defaultIndexId,
  largestValue,
  type ManifestField,
  type ManifestIndex,
  normalizerId,
  whyNotRowBound,
} from '@fieldseal/core';
import { isBytes } from './check-column.ts';
import { scopePaths } from './check-scope.ts';
import type { EntityDraft, SealedDraft, TokenDraft } from './entity-draft.ts';
import { oldTypeOf } from './old-type.ts';

/**
 * A sealed field as the manifest has it.
 *
 * @param shown - Of a view: the field of the table that the column shows, where it is known.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID`
 */
export function resolveField(
  entity: EntityDraft,
  draft: SealedDraft,
  shown: ManifestField | undefined,
): ManifestField {
  const { column, options } = draft;
  const { suite, pad, phase } = options;
  const id = options.id ?? fieldIdOf(entity, draft);
  return {
    name: column.propertyPath,
    column: column.databaseName,
    id,
    type: options.type ?? 'string',
    storage: isBytes(column) ? 'bytes' : 'text',
    nullable: options.from === undefined ? column.isNullable : options.nullable === true,
    key: options.key ?? null,
    ...scopePaths(entity, draft),
    bind: resolveBinding(entity, draft, shown),
    ...(suite === undefined ? {} : { suite }),
    ...(pad === undefined ? {} : { pad }),
    ...limitOf(draft),
    ...(phase === undefined ? {} : { phase }),
    ...fromOf(draft),
    indexes: draft.tokens.map((token) => resolveIndex(token, id, draft)),
  };
}

/** The database schema of the table, only where the entity itself names one. */
export function schemaOf({
  metadata: { tableMetadataArgs, parentEntityMetadata },
}: Pick<EntityDraft, 'metadata'>): string | undefined {
  return tableMetadataArgs.schema ?? parentEntityMetadata?.tableMetadataArgs.schema;
}

function fieldIdOf(entity: EntityDraft, { column }: SealedDraft): string {
  const { metadata, refuse } = entity;
  if (metadata.tableType === 'view')
    throw refuse(column, 'a view shows the cells of a table; write the id of its field: id: "..."');
  const schema = schemaOf(entity);
  const place = { table: metadata.tableName, ...(schema === undefined ? {} : { schema }) };
  const id = defaultFieldId(place, column.databaseName);
  if (id !== undefined) return id;
  throw refuse(
    column,
    'table and column cannot be a field id; write one that never changes: id: "..."',
  );
}

function fromOf({ old }: SealedDraft): Pick<ManifestField, 'from'> {
  const type = old === undefined ? undefined : oldTypeOf(old);
  if (old === undefined || type === undefined) return {};
  return { from: { name: old.propertyPath, column: old.databaseName, ...type } };
}

function limitOf({ column, options }: SealedDraft): Pick<ManifestField, 'maxBytes'> {
  const limits = [
    ...(options.maxBytes === undefined ? [] : [options.maxBytes]),
    ...(column.length === '' ? [] : [largestValue(Number(column.length))]),
  ];
  return limits.length === 0 ? {} : { maxBytes: Math.min(...limits) };
}

function resolveBinding(
  { key, refuse }: EntityDraft,
  { column, options }: SealedDraft,
  shown: ManifestField | undefined,
): 'row' | 'field' {
  // nothing is inserted into a view, and the cells that it shows are bound already
  if (shown !== undefined) return options.bind ?? shown.bind;
  const reason = whyNotRowBound(key);
  if (options.bind === 'row' && reason !== undefined)
    throw refuse(column, `bind: "row" cannot hold, because ${reason}; write bind: "field"`);
  return options.bind ?? (reason === undefined ? 'row' : 'field');
}

function resolveIndex(
  { column, kind: options }: TokenDraft,
  fieldId: string,
  sealed: SealedDraft,
): ManifestIndex {
  const { kind, part, global, acceptLeakage } = options;
  const which = part === undefined ? { kind } : { kind, part };
  return {
    id: options.id ?? defaultIndexId(fieldId, which),
    ...which,
    name: column.propertyPath,
    column: column.databaseName,
    normalizer: normalizerId(sealed.options.normalize),
    ...(global === undefined ? {} : { global }),
    ...(acceptLeakage === undefined ? {} : { acceptLeakage }),
  };
}
