import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProblems, type Problem } from '../problem.ts';
import type { Annotation } from './annotation.ts';
import { readAnnotations } from './read-annotations.ts';

function read(...texts: readonly string[]): {
  readonly annotations: readonly Annotation[];
  readonly problems: readonly Problem[];
} {
  const problems = createProblems();
  const comments = texts.map((text, index) => ({
    file: 'schema.prisma',
    line: 10 + index,
    text,
    isDoc: true,
  }));
  const annotations = readAnnotations(comments, 'Customer.pan', problems);
  return { annotations, problems: problems.list };
}

describe('readAnnotations', () => {
  it('reads an annotation without options', () => {
    const { annotations, problems } = read(' @encrypted');
    expect(annotations).toEqual([{ file: 'schema.prisma', line: 10, tag: 'encrypted', args: [] }]);
    expect(problems).toEqual([]);
  });

  it('reads words, quoted texts and lists, each with its line', () => {
    const { annotations } = read(
      ' Prose first. @token(a, part: x,',
      '  id: "a \\"b\\"", l: [c, d])',
    );
    const place = { file: 'schema.prisma', line: 10 };
    const next = { file: 'schema.prisma', line: 11 };
    expect(annotations[0]?.args).toEqual([
      { ...place, value: { kind: 'word', text: 'a' } },
      { ...place, name: 'part', value: { kind: 'word', text: 'x' } },
      { ...next, name: 'id', value: { kind: 'string', text: 'a "b"' } },
      { ...next, name: 'l', value: { kind: 'list', items: ['c', 'd'] } },
    ]);
  });

  it.each([
    'The holder, reachable at asha@token.example.org and b.iyer@encryptedmail.example',
    '@deprecated use the other field',
    '@default is not allowed; see @map and @relation',
    'Token of the number',
    'Encrypted values stand in the other table',
    '@HideField() @IsEmail()',
  ])('takes prose for prose: %s', (text) => {
    expect(read(text)).toEqual({ annotations: [], problems: [] });
  });

  it('does not read a sign inside a quoted option again', () => {
    const { annotations, problems } = read('@token(a, global: "asked by x @token")');
    expect(annotations).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it.each([
    ['@encrypted?mode=strict', '/// @encrypted'],
    ['@encrypted?readonly', '/// @encrypted'],
    ['@encryption:hash(email)?algorithm=sha256', '/// @token(email)'],
    ['@encryption:normalize(lowercase)', '/// @encrypted(normalize: raw)'],
  ])('gives the line to write instead of the older %s', (text, paste) => {
    const { annotations, problems } = read(text);
    expect(annotations).toEqual([]);
    expect(problems.map((problem) => problem.paste)).toEqual([[paste]]);
  });

  it.each(['@encrypted(', '@encrypted(type:)', '@encrypted(type: date,, )', '@token(a', '@token'])(
    'refuses %s',
    (text) => {
      const { annotations, problems } = read(text);
      expect(annotations).toEqual([]);
      expect(problems.length).toBeGreaterThan(0);
    },
  );
});

type Edit = (text: string, at: number, character: string) => string;
const EDITS: readonly Edit[] = [
  (text, at, character) => text.slice(0, at) + character + text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at, character) => text.slice(0, at) + character + text.slice(at + 1),
  (text, at) =>
    text.slice(0, at) + text.slice(at + 1, at + 2) + text.charAt(at) + text.slice(at + 2),
];

/** One or two typing mistakes in an annotation; two characters swapped are two edits. */
const mistakes = fc.oneof(
  fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 3), typedCharacter()).map((edit) => [edit]),
  fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2), typedCharacter()), {
    minLength: 1,
    maxLength: 2,
  }),
);

function typedCharacter(): fc.Arbitrary<string> {
  return fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ0129 _-?!.,:;#$%@/(){}[]é');
}

function mistype(text: string, edits: readonly (readonly [number, number, string])[]): string {
  return edits.reduce(
    (typed, [at, edit, character]) =>
      EDITS[edit]?.(typed, at % (typed.length + 1), character) ?? typed,
    text,
  );
}

describe('a mistake in typing an annotation', () => {
  it.each([
    ['@encrypted', ''],
    ['@encrypted', '(type: date)'],
    ['@token', '(pan)'],
  ])('%s%s never leaves a field unsealed in silence', (tag, rest) => {
    fc.assert(
      fc.property(mistakes, fc.constantFrom('', ' '), (edits, indent) => {
        const typed = `${mistype(tag, edits)}${rest}`;
        const { annotations, problems } = read(`${indent}${typed}`);
        return annotations.length + problems.length > 0;
      }),
      { numRuns: 2000 },
    );
  });

  it('is found wherever the annotation stands in the comment', () => {
    fc.assert(
      fc.property(mistakes, fc.constantFrom('The number. ', 'a, b (c) ', '\t'), (edits, before) => {
        const typed = mistype('encrypted', edits);
        const { annotations, problems } = read(`${before}@${typed}`);
        return annotations.length + problems.length > 0;
      }),
      { numRuns: 2000 },
    );
  });
});
