import { foldCase } from './fold-case.ts';
import type { GrantConstraints, GrantTerms } from './grant.ts';

type Pairs = Readonly<Record<string, string>>;

/** Pairs by their folded keys; `undefined` where two keys differ by case alone. */
export function foldPairs(pairs: Pairs): ReadonlyMap<string, string> | undefined {
  const entries = Object.entries(pairs);
  const folded = new Map(entries.map(([key, value]) => [foldCase(key), value]));
  return folded.size === entries.length ? folded : undefined;
}

/** Whether all pairs of `part` are in `whole`: keys without letter case, values with it (AWS). */
export function pairsWithin(part: Pairs, whole: Pairs): boolean {
  const parts = foldPairs(part);
  const wholes = foldPairs(whole);
  if (parts === undefined || wholes === undefined) return false;
  return [...parts].every(([key, value]) => wholes.get(key) === value);
}

export function pairsEqual(one: Pairs, other: Pairs): boolean {
  return pairsWithin(one, other) && pairsWithin(other, one);
}

function constraintsWithin(inner: GrantConstraints, outer: GrantConstraints): boolean {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = outer;
  if (equals !== undefined) {
    const own = inner.encryptionContextEquals;
    if (own === undefined || !pairsEqual(own, equals)) return false;
  }
  if (subset !== undefined) {
    // a context that equals more pairs has those of the subset, too
    const own = [inner.encryptionContextEquals, inner.encryptionContextSubset];
    if (!own.some((pairs) => pairs !== undefined && pairsWithin(subset, pairs))) return false;
  }
  return true;
}

/**
 * Whether `inner` gives nothing that `outer` does not: the same key, no other operation, the same
 * constraint or a stricter one, no longer time. Says nothing about who the grantees are.
 */
export function grantWithin(inner: GrantTerms, outer: GrantTerms): boolean {
  if (inner.keyId !== outer.keyId) return false;
  if (!inner.operations.every((operation) => outer.operations.includes(operation))) return false;
  if ((inner.notBefore ?? -Infinity) < (outer.notBefore ?? -Infinity)) return false;
  if ((inner.notAfter ?? Infinity) > (outer.notAfter ?? Infinity)) return false;
  return constraintsWithin(inner.constraints ?? {}, outer.constraints ?? {});
}
