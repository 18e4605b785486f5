import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { POLICY_ACTION_NAMES, POLICY_ACTIONS, policyActionNumber } from './policy-action.ts';

const yes = (is: boolean) => (is ? 'yes' : '');

it('is the table that docs/policies.md shows', () => {
  const page = readFileSync(new URL('../../../../docs/policies.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('| action |'), page.indexOf('The last eighteen'));
  const rows = table.match(/^\| `.*$/gm)?.map((row) => row.split('|').map((cell) => cell.trim()));
  expect(rows).toEqual(
    POLICY_ACTION_NAMES.map((name) => {
      const { on, grantable, readOnly, crypto } = POLICY_ACTIONS[name];
      return ['', `\`${name}\``, on.join(', '), yes(grantable), yes(readOnly), yes(crypto), ''];
    }),
  );
});

it('has no action that both reads only and uses key material, and contexts only there', () => {
  const wrong = POLICY_ACTION_NAMES.filter((name) => {
    const { readOnly, crypto, context } = POLICY_ACTIONS[name];
    return (readOnly && crypto) || (context && !crypto);
  });
  expect(wrong).toEqual([]);
});

it('knows its actions by their exact names', () => {
  expect(policyActionNumber('CreateKey')).toBe(0);
  for (const name of ['createKey', 'Sign', 'constructor', ''])
    expect(policyActionNumber(name)).toBe(-1);
});
