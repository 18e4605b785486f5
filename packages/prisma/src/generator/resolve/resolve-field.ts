import {
  defaultFieldId,
  defaultIndexId,
  largestValue,
  type ManifestField,
  type ManifestIndex,
  normalizerId,
  shortestColumn,
  whyNotRowBound,
} from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';
import type { ModelContext, SealedDraft, TokenDraft } from './model-context.ts';
import { oldTypeOf } from './old-column.ts';
import { primaryKeyFacts } from './row-key.ts';

/** A sealed field as the manifest has it. */
export function resolveField(context: ModelContext, draft: SealedDraft): ManifestField {
  const { field, options } = draft;
  const id = options.id ?? fieldIdOf(context, draft);
  const { scope, subject, suite, pad, phase } = options;
  return {
    name: field.name,
    column: columnOf(field),
    id,
    type: options.type ?? 'string',
    storage: field.type === 'Bytes' ? 'bytes' : 'text',
    nullable: options.required === undefined && !field.isRequired,
    key: options.key ?? null,
    ...(scope === undefined ? {} : { scope }),
    ...(subject === undefined ? {} : { subject }),
    bind: resolveBinding(context, draft),
    ...(suite === undefined ? {} : { suite }),
    ...(pad === undefined ? {} : { pad }),
    ...limitOf(draft),
    ...(phase === undefined ? {} : { phase }),
    ...fromOf(context, draft),
    indexes: context.tokens
      .filter((token) => token.options.field === field.name)
      .map((token) => resolveIndex(token, id, draft)),
  };
}

/** What does not fit has been refused. */
function fromOf({ model }: ModelContext, { options }: SealedDraft): Pick<ManifestField, 'from'> {
  const old = model.fields.find(({ name }) => name === options.from);
  const type = old === undefined ? undefined : oldTypeOf(old);
  if (old === undefined || type === undefined) return {};
  return { from: { name: old.name, column: columnOf(old), ...type } };
}

function limitOf({ field, options }: SealedDraft): Pick<ManifestField, 'maxBytes'> {
  const size = field.nativeType?.[0] === 'VarChar' ? field.nativeType[1][0] : undefined;
  if (size === undefined || Number(size) < shortestColumn(options.type ?? 'string', options.pad))
    return {};
  return { maxBytes: largestValue(Number(size)) };
}

export function columnOf(field: DMMF.Field): string {
  return field.dbName ?? field.name;
}

function fieldIdOf(context: ModelContext, draft: SealedDraft): string {
  const { model, problems } = context;
  const table = model.dbName ?? model.name;
  const schema = model.schema ?? undefined;
  const place = schema === undefined ? { table } : { table, schema };
  const column = columnOf(draft.field);
  const id = defaultFieldId(place, column);
  if (id !== undefined) return id;
  const written = [...(schema === undefined ? [] : [schema]), table, column].join('.');
  const message = `${model.name}.${draft.field.name}: "${written}" cannot be a field id; give one that never changes`;
  const instead = written.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 128);
  problems.add(draft, message, [`/// @encrypted(id: "${instead}")`]);
  return written;
}

function resolveBinding(context: ModelContext, draft: SealedDraft): 'row' | 'field' {
  const { model, problems } = context;
  const reason = whyNotRowBound(primaryKeyFacts(model));
  if (draft.options.bind === 'row' && reason !== undefined) {
    const message = `${model.name}.${draft.field.name}: bind: row cannot hold, because ${reason}; write`;
    problems.add(draft, message, ['/// @encrypted(bind: field)']);
  }
  return draft.options.bind ?? (reason === undefined ? 'row' : 'field');
}

function resolveIndex(
  { field, options }: TokenDraft,
  fieldId: string,
  sealed: SealedDraft,
): ManifestIndex {
  const { kind, part, global, acceptLeakage } = options;
  return {
    id: options.id ?? defaultIndexId(fieldId, part === undefined ? { kind } : { kind, part }),
    kind,
    ...(part === undefined ? {} : { part }),
    name: field.name,
    column: columnOf(field),
    normalizer: normalizerId(sealed.options.normalize),
    ...(global === undefined ? {} : { global }),
    ...(acceptLeakage === undefined ? {} : { acceptLeakage }),
  };
}
