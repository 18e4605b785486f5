import type { DMMF } from '@prisma/generator-helper';
import type { Annotation } from '../annotation/annotation.ts';
import {
  type EncryptedOptions,
  readFieldOptions,
  readModelOptions,
} from '../annotation/encrypted-options.ts';
import { readAnnotations } from '../annotation/read-annotations.ts';
import { readTokenOptions } from '../annotation/token-options.ts';
import type { Problems } from '../problem.ts';
import type { SchemaSource, SourceBlock, SourceStatement } from '../source/schema-source.ts';
import type { ModelContext, SealedDraft, TokenDraft } from './model-context.ts';

/** Brings the annotations of every model together with what Prisma knows about it. */
export function collectModels(
  source: SchemaSource,
  datamodel: DMMF.Datamodel,
  problems: Problems,
): readonly ModelContext[] {
  const models = new Map(datamodel.models.map((model) => [model.name, model]));
  const contexts: ModelContext[] = [];
  for (const block of source.blocks) {
    const model = WITH_ROWS.has(block.kind) ? models.get(block.name) : undefined;
    if (block.kind !== 'model' || model === undefined) refuseElsewhere(block, problems);
    if (model !== undefined) contexts.push(collectModel(block, model, datamodel, problems));
  }
  checkComplete(contexts, datamodel, problems);
  return contexts;
}

/** What Prisma has read and this package has not, it could not have found annotations on. */
function checkComplete(
  contexts: readonly ModelContext[],
  datamodel: DMMF.Datamodel,
  problems: Problems,
): void {
  for (const { name, fields } of datamodel.models) {
    const block = contexts.find(({ model }) => model.name === name)?.block;
    const read = new Set(block?.statements.map((statement) => statement.name));
    const missed = fields.filter((field) => !read.has(field.name)).map((field) => field.name);
    if (missed.length === 0 && block !== undefined) continue;
    const message = `${name}: the text of ${missed.join(', ') || 'this model'} cannot be read; run "prisma format"`;
    problems.add(block ?? { file: '', line: 0 }, message);
  }
}

/** A view is part of the graph, but its fields are not sealed. */
const WITH_ROWS: ReadonlySet<string> = new Set(['model', 'view']);

const NOTHING_TO_SEAL: ReadonlyMap<string, string> = new Map([
  ['model', 'Prisma ignores this model'],
  ['view', 'views are not supported yet by this version'],
]);

/** Enums, views, generators: a comment there cannot seal anything. */
function refuseElsewhere(block: SourceBlock, problems: Problems): void {
  const found = [block, ...block.statements].flatMap((part) => {
    const comments = 'trailing' in part ? [part.leading, part.trailing] : [part.leading];
    return comments.flatMap((each) => readAnnotations(each, block.name, problems));
  });
  for (const annotation of found) {
    const reason = NOTHING_TO_SEAL.get(block.kind) ?? 'nothing there can be sealed';
    problems.add(
      annotation,
      `${block.name}: @${annotation.tag} stands in a block "${block.kind}", and ${reason}`,
    );
  }
}

function collectModel(
  block: SourceBlock,
  model: DMMF.Model,
  datamodel: DMMF.Datamodel,
  problems: Problems,
): ModelContext {
  const empty = {
    model,
    block,
    indexes: [],
    sealed: [],
    tokens: [],
    relationFields: new Set<string>(),
    problems,
  };
  if (block.kind === 'view') return empty;
  const defaults = readDefaults(block, problems);
  const sealed: SealedDraft[] = [];
  const tokens: TokenDraft[] = [];
  for (const statement of block.statements) {
    const found = readStatement(statement, model, problems);
    if (found === undefined) continue;
    const { annotation, field } = found;
    const context = { subject: `${model.name}.${field.name}`, tag: annotation.tag, problems };
    const draft = { file: annotation.file, line: annotation.line, field, statement };
    if (annotation.tag === 'encrypted') {
      const options = { ...defaults, ...readFieldOptions(annotation, context) };
      sealed.push({ ...draft, options });
    } else {
      const options = readTokenOptions(annotation, context);
      if (options) tokens.push({ ...draft, options });
    }
  }
  if (sealed.length === 0) refuseIdleDefaults(block, problems);
  const indexes = datamodel.indexes.filter((index) => index.model === model.name);
  const relationFields = relationFieldsOf(model, datamodel);
  return { model, block, indexes, sealed, tokens, relationFields, problems };
}

/** The one annotation of a field. */
function readStatement(
  statement: SourceStatement,
  model: DMMF.Model,
  problems: Problems,
): { readonly annotation: Annotation; readonly field: DMMF.Field } | undefined {
  const subject = `${model.name}.${statement.name}`;
  const [annotation, ...others] = [statement.leading, statement.trailing].flatMap((comments) =>
    readAnnotations(comments, subject, problems),
  );
  for (const other of others)
    problems.add(other, `${subject}: a field has one annotation, and this is another`);
  if (annotation === undefined) return undefined;
  const field = model.fields.find(({ name }) => name === statement.name);
  if (field !== undefined) return { annotation, field };
  const isAttribute = statement.name.startsWith('@@');
  const reason = isAttribute ? 'annotations stand on fields' : 'Prisma ignores this field';
  problems.add(annotation, `${subject}: @${annotation.tag} has no effect here: ${reason}`);
  return undefined;
}

function readDefaults(block: SourceBlock, problems: Problems): EncryptedOptions {
  const [annotation, ...others] = readAnnotations(block.leading, block.name, problems);
  for (const other of others)
    problems.add(other, `${block.name}: a model has one annotation, and this is another`);
  if (annotation === undefined) return {};
  if (annotation.tag === 'token') {
    problems.add(annotation, `${block.name}: @token stands on the column that holds the token`);
    return {};
  }
  return readModelOptions(annotation, { subject: block.name, tag: 'encrypted', problems });
}

/** On a model `@encrypted` only sets defaults; alone it would seal nothing. */
function refuseIdleDefaults(block: SourceBlock, problems: Problems): void {
  const silent: Problems = { ...problems, add: () => undefined };
  const [annotation] = readAnnotations(block.leading, block.name, silent);
  if (annotation?.tag !== 'encrypted') return;
  const message = `${block.name}: @encrypted on a model only sets defaults, and none of its fields is sealed; mark them with`;
  problems.add(annotation, message, ['/// @encrypted']);
}

function relationFieldsOf(model: DMMF.Model, datamodel: DMMF.Datamodel): ReadonlySet<string> {
  const own = model.fields.flatMap((field) => field.relationFromFields ?? []);
  const referred = datamodel.models
    .flatMap((other) => other.fields)
    .filter((field) => field.type === model.name && field.kind === 'object')
    .flatMap((field) => field.relationToFields ?? []);
  return new Set([...own, ...referred]);
}
