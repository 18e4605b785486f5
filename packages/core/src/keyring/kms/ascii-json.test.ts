import { expect, it } from 'vitest';
import { asciiJson } from './ascii-json.ts';

it('shows what terminals obey or hide, and says the same', () => {
  const said = { 'a\u009b2K\u202e': '\u007f\u0000é\u2028😀', plain: 'a "b" \\ ~' };
  const shown = asciiJson(JSON.stringify(said));
  expect(shown).toMatch(/^[ -~]*$/);
  expect(shown).toContain('a\\u009b2K\\u202e');
  expect(shown).toContain('"plain":"a \\"b\\" \\\\ ~"');
  expect(JSON.parse(shown)).toEqual(said);
});
