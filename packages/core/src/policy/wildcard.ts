/** A pattern in which `*` stands for any characters, also none, and `?` for exactly one. */
export interface Wildcard {
  readonly text: string;
  /** Whether it has a wildcard at all. */
  readonly wild: boolean;
  matches(value: string): boolean;
}

/**
 * Wildcards are translated to control characters, which no document can have, so that a `*` that
 * comes out of a request stands for nothing but itself.
 */
const ANY = '\u0000';
const ONE = '\u0001';
const ONE_CODE = 1;

export function wildcardsToMarks(text: string): string {
  return text.replaceAll('*', ANY).replaceAll('?', ONE);
}

/** Whether `part`, in which `ONE` stands for one character, is in `value` at `start`. */
function standsAt(value: string, part: string, start: number): boolean {
  if (start < 0 || start + part.length > value.length) return false;
  for (let i = 0; i < part.length; i++) {
    const code = part.charCodeAt(i);
    if (code !== ONE_CODE && code !== value.charCodeAt(start + i)) return false;
  }
  return true;
}

function find(value: string, part: string, start: number, end: number): number {
  if (!part.includes(ONE)) {
    const found = value.indexOf(part, start);
    return found + part.length <= end ? found : -1;
  }
  for (let i = start; i + part.length <= end; i++) if (standsAt(value, part, i)) return i;
  return -1;
}

/**
 * The parts between the stars are looked for from left to right, each once, at its first place:
 * no pattern makes it go back, so time grows with the length of the value and nothing else.
 */
function matchParts(value: string, parts: readonly string[]): boolean {
  const first = parts[0] as string;
  const last = parts[parts.length - 1] as string;
  const end = value.length - last.length;
  if (first.length > end || !standsAt(value, first, 0) || !standsAt(value, last, end)) return false;
  let position = first.length;
  for (let i = 1; i < parts.length - 1; i++) {
    const part = parts[i] as string;
    const found = find(value, part, position, end);
    if (found === -1) return false;
    position = found + part.length;
  }
  return true;
}

/** A matcher of a text with marks; case matters. */
export function compileMarks(text: string): (value: string) => boolean {
  const parts = text.split(ANY);
  if (parts.length === 2 && parts[1] === '' && !text.includes(ONE)) {
    // most patterns are `prefix*`
    const prefix = parts[0] as string;
    return (value) => value.startsWith(prefix);
  }
  if (parts.length > 1) return (value) => matchParts(value, parts);
  if (!text.includes(ONE)) return (value) => value === text;
  return (value) => value.length === text.length && standsAt(value, text, 0);
}

/** Case matters; a character outside of the basic plane counts as two. */
export function compileWildcard(text: string): Wildcard {
  return { text, wild: /[*?]/.test(text), matches: compileMarks(wildcardsToMarks(text)) };
}

/**
 * Whether everything that `narrow` matches is matched by `wide` too. May answer `false` where it
 * cannot tell, never wrongly `true`.
 */
export function wildcardCovers(wide: Wildcard, narrow: Wildcard): boolean {
  if (wide.text === '*' || wide.text === narrow.text) return true;
  if (!narrow.wild) return wide.matches(narrow.text);
  // only `prefix*` is compared with another pattern
  const prefix = wide.text.slice(0, -1);
  const isPrefix = wide.text.endsWith('*') && !/[*?]/.test(prefix);
  return isPrefix && narrow.text.startsWith(prefix);
}
