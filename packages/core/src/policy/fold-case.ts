/**
 * A name without the letter case of ASCII: names of condition keys, pairs and tags are compared
 * so. No letter changes the length, so names of different length are never compared at all.
 */
export function foldCase(name: string): string {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name;
}

/** Whether a name is the folded one in some letter case. */
export function foldsTo(name: string, folded: string): boolean {
  return name === folded || (name.length === folded.length && foldCase(name) === folded);
}
