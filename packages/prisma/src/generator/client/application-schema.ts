import { APPLICATION_TYPE } from '../resolve/application-type.ts';
import type { ModelContext, SealedDraft } from '../resolve/model-context.ts';
import type { SchemaSource, SourceBlock, SourceStatement } from '../source/schema-source.ts';

export interface ApplicationSchemaOptions {
  readonly source: SchemaSource;
  readonly models: readonly ModelContext[];
  /** Where each client generator writes, by its name; generators that are not in it are left out. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** New text of a line's code by line number; `null` removes the line. */
type Edits = Map<number, { readonly from: string; readonly to: string } | null>;

/**
 * The schema as the application sees it: sealed fields at their application type, no token
 * columns, and the uniques of tokens on the fields that they stand for. Only types are made of it.
 */
export function applicationSchema({ source, models, outputs }: ApplicationSchemaOptions): string {
  const edits = new Map<string, Edits>(source.files.map(({ path }) => [path, new Map()]));
  const editsOf = ({ file }: { readonly file: string }): Edits => edits.get(file) ?? new Map();
  for (const context of models) editModel(context, editsOf(context.block));
  for (const block of source.blocks)
    if (block.kind === 'generator') editGenerator(block, outputs, editsOf(block));
  return source.files
    .map(({ path, text }) => applyEdits(text, edits.get(path) ?? new Map()))
    .join('\n');
}

function applyEdits(text: string, edits: Edits): string {
  const lines = text.split(/\r?\n/).flatMap((line, index) => {
    const edit = edits.get(index + 1);
    if (edit === undefined) return [line];
    return edit === null ? [] : [line.replace(edit.from, () => edit.to)];
  });
  return lines.join('\n');
}

function editGenerator(
  block: SourceBlock,
  outputs: ReadonlyMap<string, string>,
  edits: Edits,
): void {
  const output = outputs.get(block.name);
  if (output === undefined) {
    for (let line = block.line; line <= block.endLine; line++) edits.set(line, null);
    for (const { line } of block.leading) edits.set(line, null);
    return;
  }
  const written = `output = ${JSON.stringify(output)}`;
  const statement = block.statements.find(({ name }) => name === 'output');
  if (statement) edits.set(statement.line, { from: statement.text, to: written });
  else edits.set(block.line, { from: '{', to: `{\n  ${written}` });
}

function editModel(context: ModelContext, edits: Edits): void {
  const { sealed, tokens, block } = context;
  for (const token of tokens) removeStatement(token.statement, edits);
  for (const draft of sealed) editSealed(context, draft, edits);
  for (const statement of block.statements)
    if (sealed.some(({ options }) => options.from === statement.name))
      removeStatement(statement, edits);
  for (const statement of block.statements)
    if (/^@@(unique|index|fulltext)$/.test(statement.name))
      editAttribute(statement, context, edits);
}

/** With the comment above it, which would be taken for that of the next field. */
function removeStatement({ leading, line }: SourceStatement, edits: Edits): void {
  for (const comment of leading) edits.set(comment.line, null);
  edits.set(line, null);
}

function editSealed({ tokens }: ModelContext, draft: SealedDraft, edits: Edits): void {
  const { field, statement, options } = draft;
  const type = APPLICATION_TYPE[options.type ?? 'string'];
  const native =
    type === field.type ? statement.text : statement.text.replace(/\s*@\w+\.\w+(\([^)]*\))?/, '');
  const isUnique = tokens.some(
    (token) =>
      token.options.field === field.name &&
      token.options.kind === 'equality' &&
      token.field.isUnique,
  );
  const own = native.replace(/\s*@unique\b(\((?:[^()]|\([^()]*\))*\))?/, '');
  const mark = options.required === undefined ? '$2' : '';
  const typed = own.replace(/^(\w+\s+)\w+(\??)/, `$1${type}${mark}${isUnique ? ' @unique' : ''}`);
  edits.set(statement.line, { from: statement.text, to: typed });
}

/** Equality tokens give place to their field; an index over another kind says nothing to types. */
function editAttribute(
  statement: SourceStatement,
  { sealed, tokens }: ModelContext,
  edits: Edits,
): void {
  // an index over plaintext, left over from before the field was sealed
  const isOver = (name: string): boolean => namesField(statement.text, name);
  if (sealed.some(({ field, options }) => isOver(field.name) || isOver(options.from ?? ''))) {
    edits.set(statement.line, null);
    return;
  }
  const used = tokens.filter(({ field }) => namesField(statement.text, field.name));
  if (used.length === 0) return;
  if (statement.name !== '@@unique' || used.some(({ options }) => options.kind !== 'equality')) {
    edits.set(statement.line, null);
    return;
  }
  const to = used.reduce((text, { field, options }) => {
    const withArguments = new RegExp(`\\b${field.name}\\b(\\((?:[^()]|\\([^()]*\\))*\\))?`);
    return replaceInList(text, withArguments, options.field);
  }, statement.text);
  edits.set(statement.line, { from: statement.text, to });
}

const FIELD_LIST = /\[[^\]]*\]/;

function namesField(text: string, name: string): boolean {
  if (name === '') return false;
  return new RegExp(`\\b${name}\\b`).test(FIELD_LIST.exec(text)?.[0] ?? '');
}

function replaceInList(text: string, pattern: RegExp, to: string): string {
  return text.replace(FIELD_LIST, (list) => list.replace(pattern, () => to));
}
