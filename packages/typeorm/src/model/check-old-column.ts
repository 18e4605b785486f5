import { oldColumnTypes } from '@fieldseal/core';
import { type EntityDraft, type SealedDraft, transformerOf } from './entity-draft.ts';
import { oldTypeOf } from './old-type.ts';
import type { ColumnMetadata } from './sealed-entities.ts';

/**
 * Checks the column that a field's plaintext is in while the field moves to another one.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID`
 */
export function checkOldColumn(entity: EntityDraft, draft: SealedDraft): void {
  const { column, options, old } = draft;
  if (options.from === undefined) return;
  if (old === undefined)
    throw entity.refuse(column, `from: "${options.from}" is not a column of the entity`);
  const reason = whyNoOldColumn(entity, draft, old) ?? whyNotOfType(draft, old);
  if (reason !== undefined) throw entity.refuse(column, `from: "${options.from}" ${reason}`);
}

function whyNoOldColumn(
  { sealed }: EntityDraft,
  draft: SealedDraft,
  old: ColumnMetadata,
): string | undefined {
  if (draft.options.phase === undefined)
    return 'is the old column of a field that is moving, so the field needs a phase';
  const isToken = sealed.some(({ tokens }) => tokens.some(({ column }) => column === old));
  if (isToken || transformerOf(old) !== undefined) return 'is sealed itself, or holds tokens';
  if (sealed.some((each) => each !== draft && each.old === old))
    return 'is the old column of another field too';
  if (old.isPrimary || old.isVirtual || old.relationMetadata !== undefined)
    return 'is part of a key or relation, which cannot be emptied';
  if (old.transformer !== undefined)
    return 'has a transformer: what stands in the database is not what the application wrote';
  const isFilled =
    (old.default !== undefined && old.default !== null) ||
    old.isGenerated ||
    old.asExpression !== undefined ||
    old.onUpdate !== undefined;
  const isManaged = old.isVersion || old.isCreateDate || old.isUpdateDate || old.isDeleteDate;
  if (isFilled || isManaged)
    return 'would be filled by its default, beside the cell; remove the default';
  if (!old.isNullable) return 'is NULL once the value is sealed; write nullable: true';
  return undefined;
}

function whyNotOfType({ options }: SealedDraft, old: ColumnMetadata): string | undefined {
  const type = options.type ?? 'string';
  const holds = oldColumnTypes(type);
  const found = oldTypeOf(old);
  if (found === undefined || !holds.includes(found.type))
    return `is ${found?.type ?? String(old.type)}, and values of type ${type} are in ${holds.join(' or ')}`;
  if (found.type === 'timestamp')
    return 'is a time without zone, which TypeORM reads in the zone of the process; make it timestamptz first';
  return undefined;
}
