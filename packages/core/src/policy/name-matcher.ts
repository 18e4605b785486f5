import type { Wildcard } from './wildcard.ts';

/** Whether a name fits one of the patterns; plain names are looked up, not compared one by one. */
export function compileNames(patterns: readonly Wildcard[]): (name: string) => boolean {
  if (patterns.some(({ text }) => text === '*')) return () => true;
  const plain = new Set(patterns.filter(({ wild }) => !wild).map(({ text }) => text));
  const wild = patterns.filter((pattern) => pattern.wild).map(({ matches }) => matches);
  if (wild.length === 0) return (name) => plain.has(name);
  return (name) => {
    for (const matches of wild) if (matches(name)) return true;
    return plain.has(name);
  };
}
