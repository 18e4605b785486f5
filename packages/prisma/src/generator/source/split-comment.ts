export interface SplitLine {
  readonly code: string;
  /** What follows the slashes; absent without a comment. */
  readonly comment?: string;
  readonly isDoc: boolean;
  /** A comment of several lines was opened and not closed. */
  readonly opensBlock: boolean;
}

const STRING_OR_COMMENT = /"(?:[^"\\]|\\.)*"|\/\/|\/\*/g;

/** Parts a line of a schema at its comment; slashes inside a string are no comment. */
export function splitComment(line: string): SplitLine {
  for (const match of line.matchAll(STRING_OR_COMMENT)) {
    const at = match.index;
    if (match[0].startsWith('"')) continue;
    const code = line.slice(0, at).trim();
    if (match[0] === '/*') {
      const [comment = '', rest] = line.slice(at + 2).split('*/', 2);
      return { code, comment, isDoc: false, opensBlock: rest === undefined };
    }
    const isDoc = line.startsWith('///', at);
    return { code, comment: line.slice(at + (isDoc ? 3 : 2)), isDoc, opensBlock: false };
  }
  return { code: line.trim(), isDoc: false, opensBlock: false };
}
