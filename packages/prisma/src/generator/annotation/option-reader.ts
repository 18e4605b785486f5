import type { Problems } from '../problem.ts';
import type { Annotation, AnnotationArgument, AnnotationValue } from './annotation.ts';
import { editsToBeginning } from './near-miss.ts';

/** What an option accepts: `read` gives `undefined` for a value that is not `expected`. */
export interface OptionRule<T> {
  readonly expected: string;
  read(value: AnnotationValue): T | undefined;
}

export type OptionRules<T> = { readonly [K in keyof T]-?: OptionRule<NonNullable<T[K]>> };

/** A bare word out of a closed list. */
export function oneOf<T extends string>(...words: readonly T[]): OptionRule<T> {
  return {
    expected: words.join(', '),
    read: (value) =>
      value.kind === 'word' ? words.find((word) => word === value.text) : undefined,
  };
}

/** A bare word of a shape. */
export function word(pattern: RegExp, expected: string): OptionRule<string> {
  return matching('word', pattern, expected);
}

/** A quoted text of a shape. */
export function quoted(pattern: RegExp, expected: string): OptionRule<string> {
  return matching('string', pattern, expected);
}

function matching(kind: 'word' | 'string', pattern: RegExp, expected: string): OptionRule<string> {
  return {
    expected,
    read: (value) => (value.kind === kind && pattern.test(value.text) ? value.text : undefined),
  };
}

/** A bare whole number for which `test` holds. */
export function wholeNumber<T extends number>(
  expected: string,
  test: (value: number) => value is T,
): OptionRule<T> {
  return {
    expected,
    read: (value) => {
      if (value.kind !== 'word' || !/^\d{1,9}$/.test(value.text)) return undefined;
      const number = Number(value.text);
      return test(number) ? number : undefined;
    },
  };
}

export interface OptionContext {
  readonly subject: string;
  readonly tag: Annotation['tag'];
  readonly problems: Problems;
}

/** Reads `name: value` arguments by their rules; unknown, repeated and wrong ones are problems. */
export function readOptions<T extends object>(
  args: readonly AnnotationArgument[],
  rules: OptionRules<T>,
  { subject, tag, problems }: OptionContext,
): Partial<T> {
  const read = new Map<string, unknown>();
  const known = new Map<string, OptionRule<unknown>>(Object.entries(rules));
  for (const { name, value, file, line } of args) {
    const place = { file, line };
    const about = `${subject}: @${tag}`;
    const rule = known.get(name ?? '');
    if (name === undefined || rule === undefined) {
      problems.add(place, `${about} ${unknownOption(name, value, [...known.keys()])}`);
      continue;
    }
    if (read.has(name)) problems.add(place, `${about} has the option "${name}" twice`);
    const result = rule.read(value);
    if (result === undefined)
      problems.add(place, `${about} option "${name}" must be: ${rule.expected}`);
    else read.set(name, result);
  }
  return Object.fromEntries(read) as Partial<T>;
}

function unknownOption(
  name: string | undefined,
  value: AnnotationValue,
  known: readonly string[],
): string {
  const list = `the options are ${known.join(', ')}`;
  if (name === undefined) {
    const text = value.kind === 'list' ? `[${value.items.join(', ')}]` : value.text;
    return `takes only options with a name, and "${text}" has none; ${list}`;
  }
  const near = known.find((each) => editsToBeginning(each.toLowerCase(), name.toLowerCase()) < 3);
  const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
  return `has no option "${name}"${hint}; ${list}`;
}
