import type { Condition } from './condition.ts';
import type { Principals } from './parse-principals.ts';
import type { Statement } from './parse-statement.ts';
import { type Wildcard, wildcardCovers } from './wildcard.ts';

function isEverybody(principals: Principals): boolean {
  return principals.type === 'names' && principals.patterns.some(({ text }) => text === '*');
}

function principalsCover(wide: Principals, narrow: Principals): boolean {
  if (isEverybody(wide)) return true;
  if (wide.type !== 'names' || narrow.type !== 'names') return wide.type === narrow.type;
  return patternsCover(wide.patterns, narrow.patterns);
}

function patternsCover(wide: readonly Wildcard[], narrow: readonly Wildcard[]): boolean {
  return narrow.every((inner) => wide.some((outer) => wildcardCovers(outer, inner)));
}

function resourcesCover(wide: Statement['resources'], narrow: Statement['resources']): boolean {
  if (!wide.inverted) {
    if (wide.patterns.some(({ text }) => text === '*')) return true;
    return !narrow.inverted && patternsCover(wide.patterns, narrow.patterns);
  }
  // leaving out less is being about more
  return narrow.inverted && patternsCover(narrow.patterns, wide.patterns);
}

/** Whether every request that meets `strict` meets `loose`. */
function implies(strict: Condition, loose: Condition): boolean {
  if (strict.key.name !== loose.key.name) return false;
  if (strict.operator.name !== loose.operator.name) return false;
  const { negated } = strict.operator.facts;
  if (strict.operator.ifExists && !loose.operator.ifExists && !negated) return false;
  const strictValues = new Set(strict.values.map(({ text }) => text));
  const looseValues = new Set(loose.values.map(({ text }) => text));
  const [part, whole] = negated ? [looseValues, strictValues] : [strictValues, looseValues];
  return [...part].every((value) => whole.has(value));
}

/**
 * Whether `wide` applies wherever `narrow` does, actions aside. Answers `false` where it cannot
 * tell: patterns are compared by their text and conditions by operator, key and values.
 */
export function statementCovers(wide: Statement, narrow: Statement): boolean {
  return (
    principalsCover(wide.principals, narrow.principals) &&
    resourcesCover(wide.resources, narrow.resources) &&
    wide.conditions.every((loose) => narrow.conditions.some((strict) => implies(strict, loose)))
  );
}
