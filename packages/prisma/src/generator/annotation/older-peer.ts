/**
 * The annotations of prisma-field-encryption: `@encrypted?mode=strict`, `@encryption:hash(email)`
 * and `@encryption:normalize(...)`. They mean other things, so the line to write is given.
 * @param text what follows the `@`
 * @returns the annotation to write instead, or `undefined` when it is none of them
 */
export function olderPeerReplacement(text: string): string | undefined {
  if (/^encrypted\?/.test(text)) return '/// @encrypted';
  const hash = /^encryption:hash\(\s*(\w+)/.exec(text)?.[1];
  if (hash !== undefined) return `/// @token(${hash})`;
  if (/^encryption:/.test(text)) return '/// @encrypted(normalize: raw)';
  return undefined;
}
