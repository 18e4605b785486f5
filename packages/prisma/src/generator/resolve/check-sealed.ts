import { shortestColumn, whyNoNormalizer } from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';
import { VALUE_TYPE_OF } from './application-type.ts';
import { checkFrom } from './check-from.ts';
import type { ModelContext, SealedDraft } from './model-context.ts';

/** Checks that the column of a sealed field can hold cells and nothing else depends on its values. */
export function checkSealed(context: ModelContext, draft: SealedDraft): void {
  const { model, problems } = context;
  const { field, options } = draft;
  const subject = `${model.name}.${field.name}`;
  const refuse = (message: string, paste: readonly string[] = []): void =>
    problems.add(draft, `${subject}: ${message}`, paste);

  checkShape(draft, refuse);
  checkNativeType(draft, refuse);
  if (field.isId) refuse('a primary key cannot be sealed: every write gives another cell');
  if (field.isUnique && options.phase === undefined) {
    refuse(
      'no two cells are equal, so @unique on a sealed field finds nothing; move it to a token column',
      [withoutAttribute(draft, 'unique'), ...tokenLines(context, draft, '@unique')],
    );
  }
  if (field.hasDefaultValue)
    refuse('@default would store plaintext; remove it', [withoutAttribute(draft, 'default')]);
  if (context.relationFields.has(field.name))
    refuse('a field of a relation cannot be sealed: the database compares its values');
  if (options.phase === undefined) checkBlockIndexes(context, draft);
  else if (field.type === 'Bytes')
    refuse('a field that is not sealed yet is in a String column: move to a new column instead');
  checkFrom(context, draft);
  checkNormalize(context, draft, refuse);
  checkScopes(context, draft);
  if (options.pad !== undefined && (options.type ?? 'string') === 'boolean')
    refuse('pad has no use on a boolean: both values are of one length');
}

type Refuse = (message: string, paste?: readonly string[]) => void;

function checkShape({ field, statement }: SealedDraft, refuse: Refuse): void {
  if (field.kind === 'object') {
    refuse('a relation cannot be sealed; seal fields of the other model');
  } else if (field.isList) {
    refuse('a list cannot be sealed; seal it as one JSON value', [
      `${field.name} String /// @encrypted(type: json)`,
    ]);
  } else if (field.kind === 'enum') {
    refuse('an enum column takes only its own values; seal the text of it', [
      `${field.name} String${mark(field)} /// @encrypted`,
    ]);
  } else if (field.type !== 'String' && field.type !== 'Bytes') {
    const type = VALUE_TYPE_OF.get(field.type);
    const paste = `${field.name} String${mark(field)} /// @encrypted(type: ${type ?? 'string'})`;
    refuse(`a cell needs a String or Bytes column, and this is ${statement.text.split(/\s+/)[1]}`, [
      paste,
    ]);
  } else if (field.isUpdatedAt === true) {
    refuse('@updatedAt would store plaintext; remove it');
  }
}

function mark(field: DMMF.Field): string {
  return field.isRequired ? '' : '?';
}

const UNLIMITED_TEXT = new Set(['Text', 'VarChar']);

function checkNativeType({ field, statement, options }: SealedDraft, refuse: Refuse): void {
  const [native, [size] = []] = field.nativeType ?? [];
  if (native === undefined || field.type !== 'String') return;
  const instead = [statement.text.replace(/@\w+\.\w+(\([^)]*\))?/, '@db.Text')];
  const needed = shortestColumn(options.type ?? 'string', options.pad);
  if (!UNLIMITED_TEXT.has(native)) refuse(`@db.${native} does not hold cells; write`, instead);
  else if (size !== undefined && Number(size) < needed)
    refuse(
      `@db.${native}(${size}) is too short: a cell needs at least ${needed} characters; write`,
      instead,
    );
}

function withoutAttribute({ statement }: SealedDraft, name: string): string {
  const attribute = new RegExp(`\\s*@${name}\\b(\\((?:[^()]|\\([^()]*\\))*\\))?`);
  return `${statement.text.replace(attribute, '')} /// @encrypted`;
}

/** The token column that the field lacks. */
function tokenLines(
  { model }: ModelContext,
  { field }: SealedDraft,
  attribute: '@unique' | '@@index',
): readonly string[] {
  const taken = new Set(model.fields.map(({ name }) => name));
  let name = `${field.name}Token`;
  while (taken.has(name)) name += '_';
  const column = `${name} Bytes${mark(field)}`;
  return attribute === '@unique'
    ? [`${column} @unique /// @token(${field.name})`]
    : [`${column} /// @token(${field.name})`, `@@index([${name}])`];
}

/** Prisma puts the primary key, uniques and indexes of a block in one list. */
function checkBlockIndexes(context: ModelContext, draft: SealedDraft): void {
  const { field } = draft;
  const used = context.indexes.filter(
    (index) => !index.isDefinedOnField && index.fields.some(({ name }) => name === field.name),
  );
  for (const index of used) {
    const attribute = BLOCK_ATTRIBUTE[index.type];
    const place = placeOfIndex(context, attribute, field.name) ?? draft;
    const token = equalityToken(context, field.name);
    const name = token ?? `${field.name}Token`;
    const fields = index.fields.map((each) => (each.name === field.name ? name : each.name));
    const column = token === undefined ? tokenLines(context, draft, '@@index').slice(0, 1) : [];
    const message = `${context.model.name}.${field.name}: ${attribute} over cells finds nothing; put the token column into it`;
    context.problems.add(place, message, [...column, `${attribute}([${fields.join(', ')}])`]);
  }
}

const BLOCK_ATTRIBUTE: Readonly<Record<DMMF.IndexType, string>> = {
  id: '@@id',
  unique: '@@unique',
  normal: '@@index',
  fulltext: '@@fulltext',
};

function placeOfIndex({ block }: ModelContext, attribute: string, field: string) {
  return block.statements.find(
    ({ name, text }) => name === attribute && new RegExp(`\\b${field}\\b`).test(text),
  );
}

function equalityToken({ tokens }: ModelContext, field: string): string | undefined {
  return tokens.find(({ options }) => options.field === field && options.kind === 'equality')?.field
    .name;
}

function checkNormalize(context: ModelContext, draft: SealedDraft, refuse: Refuse): void {
  const { normalize, type } = draft.options;
  if (normalize === undefined) return;
  const reason = whyNoNormalizer(normalize);
  if (reason !== undefined) refuse(reason);
  else if ((type ?? 'string') !== 'string')
    refuse('only strings can have a normaliser; remove "normalize"');
  else if (!context.tokens.some(({ options }) => options.field === draft.field.name))
    refuse(
      'normalize shapes tokens, and the field has no token column; add one or remove "normalize"',
      tokenLines(context, draft, '@@index'),
    );
}

const SCOPE_TYPES = new Set(['String', 'Int', 'BigInt']);

function checkScopes(context: ModelContext, draft: SealedDraft): void {
  for (const option of ['scope', 'subject'] as const) {
    const name = draft.options[option];
    if (name === undefined) continue;
    const reason = whyNoScope(context, draft, name);
    if (reason === undefined) continue;
    const subject = `${context.model.name}.${draft.field.name}`;
    context.problems.add(draft, `${subject}: ${option}: ${name} ${reason}`);
  }
}

function whyNoScope(context: ModelContext, draft: SealedDraft, name: string): string | undefined {
  const field = context.model.fields.find((each) => each.name === name);
  if (field === undefined) {
    const near = context.model.fields.find(
      (each) => each.name.toLowerCase() === name.toLowerCase(),
    );
    return `is not a field of ${context.model.name}${near ? ` (did you mean "${near.name}"?)` : ''}`;
  }
  if (context.sealed.some((each) => each.field.name === name) || name === draft.field.name)
    return 'is sealed itself, so it cannot say whose the data is';
  if (context.sealed.some(({ options }) => options.from === name))
    return 'is the old column of a sealed field';
  if (field.kind !== 'scalar' || field.isList || !SCOPE_TYPES.has(field.type))
    return 'must be a String, Int or BigInt column';
  if (!field.isRequired) return 'must not be optional: data without an owner cannot be sealed';
  return undefined;
}
