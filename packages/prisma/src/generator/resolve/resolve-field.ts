import type { ManifestField, ManifestIndex } from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';
import { largestValue, shortestColumn } from './cell-length.ts';
import type { ModelContext, SealedDraft, TokenDraft } from './model-context.ts';
import { whyNotRowBound } from './row-key.ts';

/** The limit of a field without one in the manifest. */
const DEFAULT_MAX_BYTES = 1024 * 1024;

const ID = /^[A-Za-z0-9_.-]{1,128}$/;

/** A sealed field as the manifest has it. */
export function resolveField(context: ModelContext, draft: SealedDraft): ManifestField {
  const { field, options } = draft;
  const id = options.id ?? defaultFieldId(context, draft);
  const { scope, subject, suite, pad } = options;
  return {
    name: field.name,
    column: columnOf(field),
    id,
    type: options.type ?? 'string',
    storage: field.type === 'Bytes' ? 'bytes' : 'text',
    nullable: !field.isRequired,
    key: options.key ?? null,
    ...(scope === undefined ? {} : { scope }),
    ...(subject === undefined ? {} : { subject }),
    bind: resolveBinding(context, draft),
    ...(suite === undefined ? {} : { suite }),
    ...(pad === undefined ? {} : { pad }),
    ...limitOf(draft),
    indexes: context.tokens
      .filter((token) => token.options.field === field.name)
      .map((token) => resolveIndex(token, id, draft)),
  };
}

function limitOf({ field, options }: SealedDraft): Pick<ManifestField, 'maxBytes'> {
  const size = field.nativeType?.[0] === 'VarChar' ? field.nativeType[1][0] : undefined;
  if (size === undefined || Number(size) < shortestColumn(options.type ?? 'string', options.pad))
    return {};
  return { maxBytes: Math.min(largestValue(Number(size)), DEFAULT_MAX_BYTES) };
}

export function columnOf(field: DMMF.Field): string {
  return field.dbName ?? field.name;
}

function defaultFieldId(context: ModelContext, draft: SealedDraft): string {
  const { model, problems } = context;
  const table = model.dbName ?? model.name;
  const schema = model.schema ?? undefined;
  const id = [...(schema === undefined ? [] : [schema]), table, columnOf(draft.field)].join('.');
  if (!ID.test(id)) {
    const message = `${model.name}.${draft.field.name}: "${id}" cannot be a field id; give one that never changes`;
    const instead = id.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 128);
    problems.add(draft, message, [`/// @encrypted(id: "${instead}")`]);
  }
  return id;
}

function resolveBinding(context: ModelContext, draft: SealedDraft): 'row' | 'field' {
  const { model, problems } = context;
  const reason = whyNotRowBound(model);
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
    id: options.id ?? `${fieldId}.${part?.split('@', 1)[0] ?? kind}`,
    kind,
    ...(part === undefined ? {} : { part }),
    name: field.name,
    column: columnOf(field),
    normalizer: normalizerId(sealed.options.normalize),
    ...(global === undefined ? {} : { global }),
    ...(acceptLeakage === undefined ? {} : { acceptLeakage }),
  };
}

/** `digits` means `digits@1`: the version is in the tokens, so it never changes by itself. */
function normalizerId(written: string | undefined): string {
  if (written === undefined) return 'raw@1';
  return written
    .split('+')
    .map((name) => (name.includes('@') ? name : `${name}@1`))
    .join('+');
}
