import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileWildcard, wildcardCovers } from './wildcard.ts';

/** The plain definition, exponential and short. */
function matches(pattern: string, value: string): boolean {
  if (pattern === '') return value === '';
  const [first, rest] = [pattern[0], pattern.slice(1)];
  if (first === '*')
    return matches(rest, value) || (value !== '' && matches(pattern, value.slice(1)));
  return value !== '' && (first === '?' || first === value[0]) && matches(rest, value.slice(1));
}

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
const value = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 9 });

it('matches what the definition matches', () => {
  fc.assert(
    fc.property(pattern, value, (text, name) => {
      expect(compileWildcard(text).matches(name)).toBe(matches(text, name));
    }),
    { numRuns: 2000 },
  );
});

it('says that a pattern covers another only where it does', () => {
  fc.assert(
    fc.property(pattern, pattern, value, (wide, narrow, name) => {
      const [outer, inner] = [compileWildcard(wide), compileWildcard(narrow)];
      if (!wildcardCovers(outer, inner) || !inner.matches(name)) return;
      expect(outer.matches(name)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

it.each([
  ['stars between letters', `${'a*'.repeat(500)}b`],
  ['stars and question marks', `${'*?a'.repeat(300)}b`],
  ['nothing but stars', `${'*'.repeat(1000)}b`],
  ['a long tail that almost fits', `*${'a'.repeat(1000)}b`],
  ['a long tail with question marks', `*${'a?'.repeat(500)}b*`],
])('a pattern of %s takes no time that anybody notices', (_, text) => {
  const wildcard = compileWildcard(text);
  const long = 'a'.repeat(8192);
  const started = performance.now();
  expect(wildcard.matches(long)).toBe(false);
  // a pattern that goes back over its stars would not be done before the sun is
  expect(performance.now() - started).toBeLessThan(1000);
});
