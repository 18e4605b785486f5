import type { Predicate } from '@fieldseal/core';

type Where = Record<string, unknown>;

/**
 * Writes a predicate of the core as a Prisma condition on its token column.
 *
 * @param field - The sealed field.
 * @param scope - Condition on the scope column that tokens imply and plaintext does not.
 */
export function spellPredicate(predicate: Predicate, field: string, scope: Where): Where {
  if (predicate.plain !== undefined) return besidePlaintext(predicate, field, scope);
  const condition = spellMatch(predicate);
  // The column of a null field is null too, but only the field itself decides what is null.
  return predicate.andNotNull ? { ...condition, [field]: { not: null } } : condition;
}

/**
 * Each side is false, not unknown, for rows of the other: NOT around both then means what it would
 * mean on the field itself.
 */
function besidePlaintext(predicate: Predicate, field: string, scope: Where): Where {
  const { column, negated } = predicate;
  const positive = spellMatch({ ...predicate, negated: false });
  const tokened = { AND: [{ [column]: { not: null } }, positive] };
  return negate({ OR: [tokened, untokened(predicate, field, scope)] }, negated);
}

/** Rows that have no token yet and whose plaintext matches. */
function untokened({ column, plain }: Predicate, field: string, scope: Where): Where {
  const { match, texts } = plain ?? { match: 'in', texts: [] };
  const conditions =
    match === 'in'
      ? [{ [field]: { in: [...texts] } }]
      : texts.map((text) => ({ [field]: { [match]: text } }));
  return { AND: [{ [column]: null }, scope, { OR: conditions }] };
}

function spellMatch(predicate: Predicate): Where {
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

function negate(condition: Where, negated: boolean): Where {
  return negated ? { NOT: condition } : condition;
}
