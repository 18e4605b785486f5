import type { AnnotationValue } from './annotation.ts';

export interface ParsedArgument {
  readonly name?: string;
  readonly value: AnnotationValue;
  /** Where it starts in the text. */
  readonly offset: number;
}

export type ParsedArguments =
  | { readonly args: readonly ParsedArgument[]; readonly end: number }
  | { readonly expected: string; readonly offset: number };

interface Cursor {
  readonly text: string;
  at: number;
}

class Unexpected {
  readonly expected: string;
  constructor(expected: string) {
    this.expected = expected;
  }
}

const NAME = /^([A-Za-z]\w*)\s*:/;
const WORD = /^[^\s,()[\]":]+/;
const STRING = /^"(?:[^"\\\n]|\\["\\nt])*"/;

/**
 * Parses `(a, b: c, d: "e", f: [g, h])`.
 * @param text the comment, possibly of several lines
 * @param start offset of the opening parenthesis
 */
export function parseArguments(text: string, start: number): ParsedArguments {
  const cursor: Cursor = { text, at: start + 1 };
  try {
    const args = readArguments(cursor);
    return { args, end: cursor.at };
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    return { expected: error.expected, offset: Math.min(cursor.at, text.length) };
  }
}

function readArguments(cursor: Cursor): readonly ParsedArgument[] {
  const args: ParsedArgument[] = [];
  if (accept(cursor, ')')) return args;
  for (;;) {
    skipSpace(cursor);
    const offset = cursor.at;
    const named = take(cursor, NAME)?.[1];
    const value = readValue(cursor);
    args.push(named === undefined ? { value, offset } : { name: named, value, offset });
    if (accept(cursor, ')')) return args;
    if (!accept(cursor, ',')) throw new Unexpected('"," or ")"');
  }
}

function readValue(cursor: Cursor): AnnotationValue {
  skipSpace(cursor);
  const quoted = take(cursor, STRING)?.[0];
  if (quoted !== undefined) return { kind: 'string', text: JSON.parse(quoted) as string };
  if (accept(cursor, '[')) return { kind: 'list', items: readItems(cursor) };
  return { kind: 'word', text: readWord(cursor) };
}

function readItems(cursor: Cursor): readonly string[] {
  const items = [readWord(cursor)];
  while (!accept(cursor, ']')) {
    if (!accept(cursor, ',')) throw new Unexpected('"," or "]"');
    items.push(readWord(cursor));
  }
  return items;
}

function readWord(cursor: Cursor): string {
  skipSpace(cursor);
  const word = take(cursor, WORD)?.[0];
  if (word === undefined) throw new Unexpected('a value');
  return word;
}

function accept(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  take(cursor, /^\s+/);
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  const match = pattern.exec(cursor.text.slice(cursor.at));
  cursor.at += match?.[0].length ?? 0;
  return match;
}
