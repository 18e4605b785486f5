import type { ValueType } from '@fieldseal/core';
import type { ModelContext, SealedDraft, TokenDraft } from './model-context.ts';

/** Checks a token column against the sealed field that it serves. */
export function checkToken(context: ModelContext, draft: TokenDraft): void {
  const { model, problems } = context;
  const { field, options } = draft;
  const subject = `${model.name}.${field.name}`;
  const sealed = context.sealed.find((each) => each.field.name === options.field);
  if (sealed === undefined) {
    const { message, paste } = whyNoTarget(context, options.field);
    problems.add(draft, `${subject}: @token(${options.field}) ${message}`, paste);
    return;
  }
  const refuse = (message: string, paste: readonly string[] = []): void =>
    problems.add(draft, `${subject}: ${message}`, paste);
  checkColumn(draft, sealed, refuse);
  checkIndexed(context, draft, refuse);
  checkKind(context, draft, sealed, refuse);
  if (options.global !== undefined && sealed.options.scope === undefined)
    refuse('global has no meaning: the tokens of a field without scope are the same everywhere');
}

type Refuse = (message: string, paste?: readonly string[]) => void;

function whyNoTarget(
  { model }: ModelContext,
  name: string,
): { readonly message: string; readonly paste: readonly string[] } {
  const exact = model.fields.find((each) => each.name === name);
  if (exact?.kind === 'scalar' && !exact.isList)
    return {
      message: `needs a sealed field, and ${name} is not sealed; write above it`,
      paste: ['/// @encrypted'],
    };
  const near = model.fields.find((each) => each.name.toLowerCase() === name.toLowerCase());
  const hint = near === undefined ? '' : ` (did you mean "${near.name}"?)`;
  return { message: `names no field of ${model.name}${hint}`, paste: [] };
}

function checkColumn(draft: TokenDraft, sealed: SealedDraft, refuse: Refuse): void {
  const { field, statement } = draft;
  const mark = sealed.field.isRequired ? '' : '?';
  const column = `${field.name} Bytes${mark}`;
  const attributes = statement.text.split(/\s+/).slice(2).join(' ');
  const comment = statement.trailing.length > 0 ? ` /// ${statement.trailing[0]?.text.trim()}` : '';
  const paste = [`${column}${attributes === '' ? '' : ` ${attributes}`}${comment}`];
  const native = field.nativeType?.[0];
  if (field.type !== 'Bytes' || field.isList || (native !== undefined && native !== 'ByteA')) {
    refuse('a token of this kind needs a Bytes column; write', paste);
  } else if (mayLackTokens(sealed)) {
    if (field.isRequired)
      refuse(
        `rows have no token yet while ${sealed.field.name} is ${sealed.options.phase}; write`,
        [paste.join().replace(/ Bytes\b(?!\?)/, ' Bytes?')],
      );
  } else if (field.isRequired !== sealed.field.isRequired) {
    const which = sealed.field.isRequired ? 'required' : 'optional';
    refuse(
      `a token is optional exactly when its field is, and ${sealed.field.name} is ${which}; write`,
      paste,
    );
  }
  if (field.isId) refuse('a token cannot be the primary key: it changes with the index key');
  if (field.hasDefaultValue) refuse('a token has no @default; remove it');
}

/** On the way in tokens are made after their rows, on the way out they stay. */
function mayLackTokens({ options }: SealedDraft): boolean {
  return options.phase === 'plain' || options.phase === 'migrating';
}

function checkIndexed(context: ModelContext, { field }: TokenDraft, refuse: Refuse): void {
  const used = context.indexes.filter((index) =>
    index.fields.some(({ name }) => name === field.name),
  );
  if (context.relationFields.has(field.name)) refuse('a token cannot be part of a relation');
  if (used.some((index) => index.type === 'id') && !field.isId)
    refuse('a token cannot be part of the primary key: it changes with the index key');
  if (used.length > 0) return;
  refuse('no index serves it, so every lookup would read the whole table; add', [
    `@@index([${field.name}])`,
  ]);
}

const STRINGS: readonly ValueType[] = ['string'];
const PART_TYPES: ReadonlyMap<string, readonly ValueType[]> = new Map([
  ['last4', STRINGS],
  ['first6', STRINGS],
  ['year', ['date', 'timestamp']],
]);

function checkKind(
  context: ModelContext,
  draft: TokenDraft,
  sealed: SealedDraft,
  refuse: Refuse,
): void {
  const { options } = draft;
  const type = sealed.options.type ?? 'string';
  const kind = options.part ?? options.kind;
  const siblings = context.tokens.filter((each) => each.options.field === options.field);
  const twin = siblings.find((each) => (each.options.part ?? each.options.kind) === kind);
  if (twin !== undefined && twin !== draft)
    refuse(`${sealed.field.name} has a token of kind ${kind} already: ${twin.field.name}`);
  const types = PART_TYPES.get(kind);
  if (type === 'json') refuse('JSON can be written in many ways, so it cannot have tokens');
  else if (types !== undefined && !types.includes(type))
    refuse(
      `${kind} is a part of ${types.join(' and ')} values, and ${sealed.field.name} holds ${type}`,
    );
  if (options.acceptLeakage === undefined) checkLeakage(draft, type, siblings, refuse);
}

/** What tokens give away has to be accepted in writing (DESIGN section 7). */
function checkLeakage(
  { options }: TokenDraft,
  type: ValueType,
  siblings: readonly TokenDraft[],
  refuse: Refuse,
): void {
  const kind = options.part ?? options.kind;
  const suffix =
    options.kind === 'part' && options.part !== undefined ? partWords(options.part) : '';
  const accept = [`/// @token(${options.field}${suffix}, acceptLeakage: "why this is acceptable")`];
  const parts = new Set(siblings.map((each) => each.options.part));
  if (options.kind === 'part')
    refuse(
      `${kind} has few values, so whoever reads the table sees which rows share one; accept that in writing`,
      accept,
    );
  else if (type === 'boolean' || type === 'date')
    refuse(
      `a ${type} has few values, so whoever reads the table can guess them; accept that in writing`,
      accept,
    );
  else if (parts.has('last4') && parts.has('first6'))
    refuse(
      'with first6 and last4 a card number is one of about 100,000; accept that in writing',
      accept,
    );
}

function partWords(part: string): string {
  return PART_TYPES.has(part) ? `, ${part}` : `, part: ${part}`;
}
