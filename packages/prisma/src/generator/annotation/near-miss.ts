/** The annotations of Fieldseal, by what follows the `@`. */
export const TAGS = ['encrypted', 'token'] as const;

/** Beginnings that nobody writes by accident; case does not matter. */
const STEMS = ['encrypt', 'crypt', 'seal', 'token'];

const MOST_EDITS = 2;

/**
 * Whether a text behind an `@` looks as if one of our annotations was meant: it starts with one of
 * our stems, or some beginning of it is within two edits of a tag (an edit inserts, deletes or
 * replaces one character). A misspelt annotation would store plaintext, so this is wide on purpose.
 */
export function isNearMiss(text: string): boolean {
  const lower = text.toLowerCase();
  return STEMS.some((stem) => lower.startsWith(stem)) || nearestTag(lower) !== undefined;
}

function nearestTag(text: string): string | undefined {
  return TAGS.find((tag) => editsToBeginning(tag, text) <= MOST_EDITS);
}

/** The tag that was meant, for the message. */
export function meantTag(text: string): (typeof TAGS)[number] {
  const lower = text.toLowerCase();
  const [encrypted, token] = TAGS.map((tag) => editsToBeginning(tag, lower));
  if (lower.startsWith('tok')) return 'token';
  return (token ?? 0) < (encrypted ?? 0) && !/crypt|seal/.test(lower) ? 'token' : 'encrypted';
}

/** The fewest edits that lead from `word` to some beginning of `text`. */
export function editsToBeginning(word: string, text: string): number {
  return Math.min(...editsByLength(word, text));
}

/** Lengths of all beginnings of `text` that are within two edits of `word`. */
export function nearBeginnings(word: string, text: string): readonly number[] {
  return editsByLength(word, text).flatMap((edits, length) =>
    edits <= MOST_EDITS ? [length] : [],
  );
}

/** Levenshtein distance between `word` and each beginning of `text`, by the beginning's length. */
function editsByLength(word: string, text: string): readonly number[] {
  let row = Array.from({ length: word.length + 1 }, (_, index) => index);
  const distances = [word.length];
  for (const [index, character] of [...text.slice(0, word.length + MOST_EDITS)].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= word.length; at++) {
      const replaced = (row[at - 1] ?? 0) + (word[at - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
    distances.push(row[word.length] ?? word.length);
  }
  return distances;
}
