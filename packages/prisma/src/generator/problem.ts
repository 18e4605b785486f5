import { relative } from 'node:path';
import { FieldsealError } from '@fieldseal/core';

/** A place in the schema as the developer sees it; `line` counts from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

export interface Problem extends SourcePlace {
  /** One sentence; starts with what it is about, such as `Customer.aadhaar`. */
  readonly message: string;
  /** Lines that can be pasted into the schema as they are. */
  readonly paste: readonly string[];
}

/** All problems of a schema at once: a developer mends them in one go. */
export interface Problems {
  add(place: SourcePlace, message: string, paste?: readonly string[]): void;
  readonly list: readonly Problem[];
  /** @throws `ERR_ANNOTATION_INVALID` with every problem, when there is one. */
  throwIfAny(): void;
}

export function createProblems(): Problems {
  const list: Problem[] = [];
  return {
    add: ({ file, line }, message, paste = []) => {
      list.push({ file, line, message, paste });
    },
    list,
    throwIfAny: () => {
      if (list.length > 0) throw annotationInvalid(list);
    },
  };
}

function annotationInvalid(unsorted: readonly Problem[]): FieldsealError {
  const list = unsorted.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  const count = list.length === 1 ? 'one problem' : `${list.length} problems`;
  const text = [`Fieldseal found ${count} in the schema`, ...list.map(problemText)].join('\n\n');
  const { file, line } = list[0] ?? { file: '', line: 0 };
  return new FieldsealError('ERR_ANNOTATION_INVALID', text, { file, line });
}

/** `file:line: message`, and below it the lines to paste. */
export function problemText({ file, line, message, paste }: Problem): string {
  const place = `${relative(process.cwd(), file) || file}:${line}`;
  return [`${place}: ${message}`, ...paste.map((text) => `    ${text}`)].join('\n');
}
