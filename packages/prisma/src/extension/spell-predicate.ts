import type { Predicate } from '@fieldseal/core';

/** Writes a predicate of the core as a Prisma condition on its token column. */
export function spellPredicate(predicate: Predicate, field: string): Record<string, unknown> {
  const condition = spellMatch(predicate);
  // The column of a null field is null too, but only the field itself decides what is null.
  return predicate.andNotNull ? { ...condition, [field]: { not: null } } : condition;
}

function spellMatch(predicate: Predicate): Record<string, unknown> {
  const { column, match, tokens, negated } = predicate;
  switch (match) {
    case 'equals':
      return { [column]: negated ? { not: tokens[0] } : { equals: tokens[0] } };
    case 'in':
      return { [column]: negated ? { notIn: [...tokens] } : { in: [...tokens] } };
    case 'overlaps':
      return negate({ [column]: { hasSome: [...tokens] } }, negated);
    case 'containsAll':
      return negate({ [column]: { hasEvery: [...tokens] } }, negated);
  }
}

function negate(condition: Record<string, unknown>, negated: boolean): Record<string, unknown> {
  return negated ? { NOT: condition } : condition;
}
