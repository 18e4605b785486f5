import type { CompiledPolicy } from './compile-policy.ts';
import type { Condition } from './condition.ts';
import { foldCase } from './fold-case.ts';

/** What of a key a change touches: tags by their names, or the names that the key itself has. */
export type FactOfKey = { readonly tags: readonly string[] } | 'aliases';

const ALIAS_KEYS = ['resourcealiases', 'requestalias'];
const TAG = 'resourcetag/';

/** A variable in a value reads a fact as well; which of them does not matter to who has to sign. */
function readsInValue({ values }: Condition, keys: readonly string[]): boolean {
  return values.some(({ text }) => keys.some((key) => foldCase(text).includes(`:${key}`)));
}

function isAbout(condition: Condition, fact: FactOfKey): boolean {
  const { name } = condition.key;
  if (fact === 'aliases') return ALIAS_KEYS.includes(name) || readsInValue(condition, ALIAS_KEYS);
  const names = fact.tags.map((tag) => `${TAG}${foldCase(tag)}`);
  return names.includes(name) || readsInValue(condition, [TAG]);
}

/** Whether a condition of the policy asks for it, so that a change of it may give somebody a right. */
export function policyAsksFor({ statements }: CompiledPolicy, fact: FactOfKey): boolean {
  return statements.some(({ conditions }) =>
    conditions.some((condition) => isAbout(condition, fact)),
  );
}

/** Whether the policy leaves something to policies of identities. */
export function policyDelegates({ delegates }: CompiledPolicy): boolean {
  return delegates.some((statements) => statements.length > 0);
}
