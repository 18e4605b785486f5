import type { Problems, SourcePlace } from '../problem.ts';
import type { SourceComment } from '../source/schema-source.ts';
import type { Annotation } from './annotation.ts';
import { isNearMiss, meantTag, nearBeginnings } from './near-miss.ts';
import { olderPeerReplacement } from './older-peer.ts';
import { parseArguments } from './parse-arguments.ts';

/** Examples for messages; what stands in them is replaced by the developer. */
const EXAMPLE = { encrypted: '/// @encrypted', token: '/// @token(field)' } as const;

const EXACT = /^(encrypted|token)(?![^\s(])/;

/** Before the sign of an e-mail address; fewer characters may be a slip of the finger. */
const ADDRESS = /[\w.+-]{3}$/;

/**
 * Reads the annotations of one comment (adjacent lines). Everything that looks like an annotation
 * and is none becomes a problem.
 * @param subject what the comment belongs to, such as `Customer.aadhaar`
 */
export function readAnnotations(
  comments: readonly SourceComment[],
  subject: string,
  problems: Problems,
): readonly Annotation[] {
  const text = comments.map((comment) => comment.text).join('\n');
  const reader: Reader = { text, subject, problems, placeOf: (at) => placeAt(comments, text, at) };
  const annotations: Annotation[] = [];
  const readLines = new Set<number>();
  let done = 0;
  for (const { index } of text.matchAll(/@/g)) {
    if (index < done) continue;
    const read = readAt(reader, index);
    if (read === undefined) continue;
    done = read.end;
    for (let line = placeAt(comments, text, index).line; line <= reader.placeOf(done).line; line++)
      readLines.add(line);
    if (read.annotation) annotations.push(read.annotation);
  }
  readLinesWithoutSign(
    reader,
    comments.filter(({ line }) => !readLines.has(line)),
  );
  return annotations;
}

interface Reader {
  readonly text: string;
  readonly subject: string;
  readonly problems: Problems;
  placeOf(offset: number): SourcePlace;
}

function placeAt(comments: readonly SourceComment[], text: string, offset: number): SourcePlace {
  const { file, line } = comments[text.slice(0, offset).split('\n').length - 1] ?? {
    file: '',
    line: 0,
  };
  return { file, line };
}

/** @returns `undefined` when the sign at this offset is not one of ours, such as in an e-mail address */
function readAt(
  reader: Reader,
  at: number,
): { readonly end: number; readonly annotation?: Annotation } | undefined {
  const rest = reader.text.slice(at + 1);
  const place = reader.placeOf(at);
  const older = olderPeerReplacement(rest);
  if (older !== undefined) {
    const written = /^[\w:?=()]*/.exec(rest)?.[0];
    const message = `${reader.subject}: "@${written}" is an annotation of another library; write`;
    reader.problems.add(place, message, [older]);
    return { end: at + 1 + (written?.length ?? 0) };
  }
  if (ADDRESS.test(reader.text.slice(0, at)) && !EXACT.test(rest)) return undefined;
  const tag = EXACT.exec(rest)?.[1];
  if (tag === undefined) return refuseNearMiss(reader, at);
  return readArgumentsOf(reader, at, tag === 'token' ? 'token' : 'encrypted');
}

function refuseNearMiss(reader: Reader, at: number): { readonly end: number } | undefined {
  const rest = reader.text.slice(at + 1);
  if (!isNearMiss(rest)) return undefined;
  const written = /^[^\s(]*/.exec(rest)?.[0] ?? '';
  const message = `${reader.subject}: "@${written}" is not an annotation and would seal nothing; write`;
  reader.problems.add(reader.placeOf(at), message, [corrected(rest)]);
  return { end: at + 1 };
}

/** What was meant, with the options that were given. */
function corrected(rest: string): string {
  const tag = meantTag(rest);
  const options = /^[^\s(]*(\([^\n)]*\))/.exec(rest)?.[1];
  return options === undefined ? EXAMPLE[tag] : `/// @${tag}${options}`;
}

function readArgumentsOf(
  reader: Reader,
  at: number,
  tag: Annotation['tag'],
): { readonly end: number; readonly annotation?: Annotation } {
  const { text, placeOf } = reader;
  const place = placeOf(at);
  const afterTag = at + 1 + tag.length;
  // A parenthesis after a space may be prose ("@encrypted (since May)"): it must parse all the same.
  const gap = /^[ \t]*/.exec(text.slice(afterTag))?.[0].length ?? 0;
  const open = afterTag + gap;
  if (text[open] !== '(') {
    if (tag === 'encrypted') return { end: afterTag, annotation: { ...place, tag, args: [] } };
    reader.problems.add(place, `${reader.subject}: "@token" names no field; write`, [
      EXAMPLE.token,
    ]);
    return { end: afterTag };
  }
  const parsed = parseArguments(text, open);
  if ('expected' in parsed) {
    const message = `${reader.subject}: "@${tag}(" cannot be read: expected ${parsed.expected}`;
    reader.problems.add(placeOf(parsed.offset), message);
    return { end: open };
  }
  const args = parsed.args.map(({ offset, ...arg }) => ({ ...placeOf(offset), ...arg }));
  return { end: parsed.end, annotation: { ...place, tag, args } };
}

/** `encrypted` or `token(field)` where the sign was forgotten or mistyped. */
function readLinesWithoutSign(
  { subject, problems }: Reader,
  comments: readonly SourceComment[],
): void {
  for (const { text, file, line } of comments) {
    const start = text.trim();
    if (!(meansTag(start, 'encrypted') || meansTag(start, 'token'))) continue;
    const message = `${subject}: "${start.split(/[\s(]/, 1)[0]}" lacks the "@" of an annotation; write`;
    const tag = meansTag(start, 'token') ? 'token' : 'encrypted';
    problems.add({ file, line }, message, [EXAMPLE[tag]]);
  }
}

function meansTag(start: string, tag: Annotation['tag']): boolean {
  return nearBeginnings(`@${tag}`, start.toLowerCase()).some((length) => {
    const next = start.slice(length);
    return next.startsWith('(') || (tag === 'encrypted' && next === '');
  });
}
