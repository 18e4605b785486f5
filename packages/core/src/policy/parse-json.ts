import { inside, policyMalformed } from './policy-malformed.ts';

/**
 * JSON with objects as maps: a name such as `__proto__` is a name like any other, and nothing is
 * found on a prototype.
 */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

const MAX_DEPTH = 16;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

interface Reader {
  readonly text: string;
  position: number;
}

function notJson(reader: Reader): Error {
  return policyMalformed('', `is not JSON at character ${reader.position + 1}`);
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.position;
  const found = pattern.exec(reader.text)?.[0];
  if (found !== undefined) reader.position += found.length;
  return found;
}

/** The next character that is no white space. */
function peek(reader: Reader): string {
  take(reader, SPACE);
  return reader.text.charAt(reader.position);
}

function takeMark(reader: Reader, mark: string): boolean {
  if (peek(reader) !== mark) return false;
  reader.position += 1;
  return true;
}

function expectMark(reader: Reader, mark: string): void {
  if (!takeMark(reader, mark)) throw notJson(reader);
}

function decodeString(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

/** Whether there is a control character of ASCII in a text. */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function readString(reader: Reader, path: string): string {
  take(reader, SPACE);
  const start = reader.position;
  const found = take(reader, STRING);
  const text = found === undefined ? undefined : decodeString(found);
  if (text === undefined) throw notJson({ ...reader, position: start });
  if (!text.isWellFormed()) throw policyMalformed(path, 'has half of a surrogate pair');
  // patterns are free to give control characters a meaning of their own
  if (hasControl(text)) throw policyMalformed(path, 'has a control character');
  return text;
}

function readObject(reader: Reader, path: string, depth: number): JsonObject {
  const found = new Map<string, Json>();
  expectMark(reader, '{');
  if (takeMark(reader, '}')) return found;
  do {
    const key = readString(reader, path);
    const place = inside(path, key);
    // other readers take the first or the last of two: nobody can say what such a document means
    if (found.has(key)) throw policyMalformed(place, 'is there twice');
    expectMark(reader, ':');
    found.set(key, readValue(reader, place, depth + 1));
  } while (takeMark(reader, ','));
  expectMark(reader, '}');
  return found;
}

function readArray(reader: Reader, path: string, depth: number): readonly Json[] {
  const found: Json[] = [];
  expectMark(reader, '[');
  if (takeMark(reader, ']')) return found;
  do found.push(readValue(reader, inside(path, found.length), depth + 1));
  while (takeMark(reader, ','));
  expectMark(reader, ']');
  return found;
}

function readScalar(reader: Reader): number | boolean | null {
  const word = take(reader, WORD);
  if (word !== undefined) return word === 'null' ? null : word === 'true';
  const number = take(reader, NUMBER);
  if (number === undefined) throw notJson(reader);
  return Number(number);
}

function readValue(reader: Reader, path: string, depth: number): Json {
  if (depth > MAX_DEPTH) throw policyMalformed(path, `is nested deeper than ${MAX_DEPTH} levels`);
  switch (peek(reader)) {
    case '{':
      return readObject(reader, path, depth);
    case '[':
      return readArray(reader, path, depth);
    case '"':
      return readString(reader, path);
    default:
      return readScalar(reader);
  }
}

/**
 * Reads JSON (RFC 8259) and refuses what `JSON.parse` lets through: names that stand twice in one
 * object, lone surrogates, depth without end.
 *
 * @throws `ERR_POLICY_MALFORMED`
 */
export function parseJson(text: string): Json {
  const reader: Reader = { text, position: 0 };
  const value = readValue(reader, '', 0);
  if (peek(reader) !== '') throw notJson(reader);
  return value;
}
