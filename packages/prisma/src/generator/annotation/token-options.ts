import type { IndexKind } from '@fieldseal/core';
import type { Annotation, AnnotationArgument } from './annotation.ts';
import {
  type OptionContext,
  type OptionRules,
  quoted,
  readOptions,
  word,
} from './option-reader.ts';

/** `@token(...)` as written, of a kind that this version has. */
export interface TokenOptions {
  /** The sealed field that is searched by this column. */
  readonly field: string;
  readonly kind: IndexKind;
  /** Of kind `part`: which part. */
  readonly part?: string;
  readonly acceptLeakage?: string;
  readonly global?: string;
  readonly id?: string;
}

type NamedOptions = Pick<TokenOptions, 'part' | 'acceptLeakage' | 'global' | 'id'>;

const REASON = quoted(/^(?=.*\S).{1,500}$/s, 'a reason in quotes, 1 to 500 characters');

const RULES: OptionRules<NamedOptions> = {
  part: word(/^[A-Za-z][A-Za-z0-9_-]{0,63}(@[1-9]\d{0,3})?$/, 'the name of a part function'),
  acceptLeakage: REASON,
  global: REASON,
  id: quoted(
    /^[A-Za-z0-9_.-]{1,128}$/,
    'an id in quotes: 1 to 128 letters, digits, "_", "." and "-"',
  ),
};

const PARTS = ['last4', 'first6', 'year'];
const LATER_KINDS = ['prefix', 'suffix', 'contains', 'range', 'order'];
const KINDS = `equality, ${PARTS.join(', ')} and part: <function>`;

/** @returns `undefined` when the annotation has a problem that leaves nothing to work with */
export function readTokenOptions(
  annotation: Annotation,
  context: OptionContext,
): TokenOptions | undefined {
  const { subject, problems } = context;
  const [target, ...rest] = annotation.args;
  if (target?.value.kind === 'list' && target.name === undefined) {
    problems.add(
      annotation,
      `${subject}: tokens over several fields are not supported yet by this version`,
    );
    return undefined;
  }
  if (target === undefined || target.name !== undefined || target.value.kind !== 'word') {
    const message = `${subject}: @token starts with the sealed field that it makes searchable; write`;
    problems.add(annotation, message, ['/// @token(field)']);
    return undefined;
  }
  const { kindWord, named } = splitKind(rest);
  const later = LATER_KINDS.find((kind) => kind === kindWord);
  if (later !== undefined) {
    const message = `${subject}: tokens of kind "${later}" are not supported yet by this version, which has ${KINDS}`;
    problems.add(annotation, message);
    return undefined;
  }
  const options = readOptions<NamedOptions>(named, RULES, context);
  const kind = resolveKind(kindWord, options.part);
  if (kind === undefined) {
    problems.add(
      annotation,
      `${subject}: "${kindWord}" is not a kind of token; the kinds are ${KINDS}`,
    );
    return undefined;
  }
  return { ...options, field: target.value.text, ...kind };
}

function splitKind(args: readonly AnnotationArgument[]): {
  readonly kindWord: string | undefined;
  readonly named: readonly AnnotationArgument[];
} {
  const [first, ...others] = args;
  if (first === undefined || first.name !== undefined || first.value.kind !== 'word')
    return { kindWord: undefined, named: args };
  return { kindWord: first.value.text, named: others };
}

function resolveKind(
  kindWord: string | undefined,
  part: string | undefined,
): Pick<TokenOptions, 'kind' | 'part'> | undefined {
  if (part !== undefined) return kindWord === undefined ? { kind: 'part', part } : undefined;
  if (kindWord === undefined || kindWord === 'equality') return { kind: 'equality' };
  return PARTS.includes(kindWord) ? { kind: 'part', part: kindWord } : undefined;
}
