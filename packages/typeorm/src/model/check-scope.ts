import { besides, type EntityDraft, type SealedDraft, transformerOf } from './entity-draft.ts';
import { rowKeyType } from './key-facts.ts';
import type { ColumnMetadata } from './sealed-entities.ts';

const SCOPE_TYPES: ReadonlySet<unknown> = new Set(['int', 'text', 'uuid']);

/**
 * The property paths of the columns that say whose the data is: beside the field where it is in an
 * embedded object that has such a property, else of the entity.
 *
 * @throws FieldsealError `ERR_ANNOTATION_INVALID` for what cannot say that
 */
export function scopePaths(
  entity: EntityDraft,
  draft: SealedDraft,
): { readonly scope?: string; readonly subject?: string } {
  const scope = pathOf(entity, draft, 'scope');
  const subject = pathOf(entity, draft, 'subject');
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(subject === undefined ? {} : { subject }),
  };
}

function pathOf(
  entity: EntityDraft,
  draft: SealedDraft,
  option: 'scope' | 'subject',
): string | undefined {
  const name = draft.options[option];
  if (name === undefined) return undefined;
  const column = entity.column(besides(draft.column, name)) ?? entity.column(name);
  const reason = whyNoScope(entity, column);
  if (reason !== undefined) throw entity.refuse(draft.column, `${option}: "${name}" ${reason}`);
  return column?.propertyPath;
}

function whyNoScope(entity: EntityDraft, column: ColumnMetadata | undefined): string | undefined {
  if (column === undefined) return `is not a column of ${entity.metadata.name}`;
  if (transformerOf(column) !== undefined || isToken(entity, column))
    return 'is sealed itself, so it cannot say whose the data is';
  if (entity.sealed.some(({ old }) => old === column)) return 'is the old column of a sealed field';
  if (column.isVirtual) return 'is a relation; declare its column as a property too, and name that';
  if (!SCOPE_TYPES.has(rowKeyType(column)))
    return 'must be a text, uuid or whole number without a transformer';
  if (column.isNullable) return 'must not be nullable: data without an owner cannot be sealed';
  return undefined;
}

function isToken({ sealed }: EntityDraft, column: ColumnMetadata): boolean {
  return sealed.some(({ tokens }) => tokens.some((token) => token.column === column));
}
