import type { ManifestField, Predicate } from '@fieldseal/core';
import { oldNative } from './old-values.ts';
import type { ModelView } from './schema-view.ts';

type Where = Record<string, unknown>;

/** The sealed field that a predicate is about. */
export interface PredicateField {
  readonly view: ModelView;
  readonly field: ManifestField;
  /** Condition on the scope column that tokens imply and plaintext does not. */
  readonly scope: Where;
}

/** Writes a predicate of the core as a Prisma condition on its token column. */
export function spellPredicate(predicate: Predicate, about: PredicateField): Where {
  if (predicate.plain !== undefined) return besidePlaintext(predicate, about);
  const condition = spellMatch(predicate);
  // The column of a null field is null too, but only the field itself decides what is null.
  return predicate.andNotNull ? { ...condition, [about.field.name]: { not: null } } : condition;
}

/**
 * Each side is false, not unknown, for rows of the other: NOT around both then means what it would
 * mean on the field itself.
 */
function besidePlaintext(predicate: Predicate, about: PredicateField): Where {
  const { column, negated } = predicate;
  const positive = spellMatch({ ...predicate, negated: false });
  const tokened = { AND: [{ [column]: { not: null } }, positive] };
  return negate({ OR: [tokened, untokened(predicate, about)] }, negated);
}

/**
 * Rows whose plaintext matches. They may have a token, which an application without Fieldseal has
 * left behind: so equality asks all plaintext, as no cell is equal to one. A part of a cell could
 * be, so parts are asked of rows without token only.
 */
function untokened({ column, plain }: Predicate, { view, field, scope }: PredicateField): Where {
  const { match, texts } = plain ?? { match: 'in', texts: [] };
  const [name, type] =
    field.from === undefined
      ? [field.name, 'String']
      : [field.from.name, view.fields.get(field.from.name)?.type];
  const values =
    field.from === undefined ? texts : texts.map((text) => oldNative(view, field, text));
  const conditions = matching(match, values, type).map((filter) => ({ [name]: filter }));
  const plainOnly = field.from === undefined ? {} : { [field.name]: null };
  const asked = match === 'in' ? plainOnly : { [column]: null };
  return { AND: [asked, scope, { OR: conditions }] };
}

function matching(
  match: NonNullable<Predicate['plain']>['match'],
  values: readonly unknown[],
  type: string | undefined,
): readonly Where[] {
  if (match === 'within') return [{ gte: values[0], lt: values[1] }];
  if (match !== 'in') return values.map((value) => ({ [match]: value }));
  // Prisma has no `in` for these
  if (type === 'Boolean') return values.map((value) => ({ equals: value }));
  return [{ in: [...values] }];
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
