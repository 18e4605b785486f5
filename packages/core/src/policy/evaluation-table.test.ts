import { expect, it } from 'vitest';
import { CONDITION_KEYS } from './condition-keys-cases.fake.ts';
import { ORDERED_CONDITIONS } from './condition-ordered-cases.fake.ts';
import { STRING_CONDITIONS } from './condition-string-cases.fake.ts';
import { DECISIONS_ON_ELEMENTS } from './decide-elements-cases.fake.ts';
import { DECISIONS_IN_ORDER } from './decide-order-cases.fake.ts';

it('has at least 150 cases of the documented rules of AWS, each with a name and an input of its own', () => {
  const decisions = [...DECISIONS_IN_ORDER, ...DECISIONS_ON_ELEMENTS];
  const conditions = [...STRING_CONDITIONS, ...ORDERED_CONDITIONS, ...CONDITION_KEYS];
  const all = [...decisions, ...conditions];
  const names = new Set(all.map(([name]) => name));
  const inputs = new Set(all.map(([, policies, given]) => JSON.stringify([policies, given])));
  expect(names.size).toBe(all.length);
  expect(inputs.size).toBeGreaterThanOrEqual(150);
  // both answers are there: a table of nothing but refusals would be met by refusing everything
  for (const answer of ['allow', 'explicit-deny', 'implicit-deny'])
    expect(decisions.filter(([, , , decision]) => decision === answer).length).toBeGreaterThan(2);
  for (const holds of [true, false])
    expect(conditions.filter((each) => each[3] === holds).length).toBeGreaterThan(30);
});
