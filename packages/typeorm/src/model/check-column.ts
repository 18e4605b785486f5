import { shortestColumn, whyNoNormalizer } from '@fieldseal/core';
import { mayLackTokens } from '../annotation/column-options.ts';
import { TokenTransformer } from '../annotation/token-transformer.ts';
import { checkOldColumn } from './check-old-column.ts';
import type { EntityDraft, SealedDraft, TokenDraft } from './entity-draft.ts';
import type { ColumnMetadata } from './sealed-entities.ts';

const TEXT_TYPES: ReadonlySet<unknown> = new Set(['text', 'varchar', 'character varying', String]);

/** Whether cells are stored as bytes; other columns hold them as text. */
export function isBytes({ type }: ColumnMetadata): boolean {
  return type === 'bytea';
}

/**
 * Checks that a column can hold cells and that the database does nothing with its values.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID`
 */
export function checkColumn(entity: EntityDraft, draft: SealedDraft): void {
  const { column, options } = draft;
  const reason =
    whyNoCells(column) ??
    whyFilledByDatabase(column) ??
    (options.phase === undefined ? whyIndexed(entity, column) : whyNoPhase(column));
  if (reason !== undefined) throw entity.refuse(column, reason);
  checkOldColumn(entity, draft);
  checkLength(entity, draft);
  checkNormalize(entity, draft);
  if (options.pad !== undefined && options.type === 'boolean')
    throw entity.refuse(column, 'pad has no use on a boolean: both values are of one length');
  for (const token of draft.tokens) checkToken(entity, draft, token);
}

function whyNoCells(column: ColumnMetadata): string | undefined {
  if (column.isPrimary) return 'a primary key cannot be sealed: every write gives another cell';
  if (column.isArray) return 'seal a list as one value: type: "json"';
  if (column.enum !== undefined)
    return 'an enum column takes only its own values; seal the text of it';
  if (!isBytes(column) && !TEXT_TYPES.has(column.type))
    return 'a cell needs a text, varchar or bytea column; write storage: "text"';
  return undefined;
}

function whyFilledByDatabase(column: ColumnMetadata): string | undefined {
  if (column.default !== undefined && column.default !== null)
    return 'a default would be stored as plaintext; set the value in the application';
  if (column.isGenerated || column.asExpression !== undefined || column.onUpdate !== undefined)
    return 'the database cannot make cells; write the value in the application';
  const isManaged =
    column.isVersion || column.isCreateDate || column.isUpdateDate || column.isDeleteDate;
  if (isManaged || column.isVirtual || column.isVirtualProperty || column.isDiscriminator)
    return 'TypeORM fills this column with plaintext; it cannot be sealed';
  if (column.isTreeLevel || column.isMaterializedPath)
    return 'the columns of a tree cannot be sealed';
  return undefined;
}

/** An index over plaintext may stay for as long as there is some. */
function whyNoPhase(column: ColumnMetadata): string | undefined {
  if (!isBytes(column)) return undefined;
  return 'a field that is not sealed yet is in a text column; move to a new column instead';
}

function whyIndexed({ metadata }: EntityDraft, column: ColumnMetadata): string | undefined {
  const covered = [...metadata.indices, ...metadata.uniques];
  const isCovered = covered.some(({ columns }) => columns?.includes(column) ?? false);
  if (!isCovered) return undefined;
  const token = `${column.propertyName}Token`;
  return `no two cells are equal, so an index over them finds nothing; write index: { ${token}: unique() } or equality(), and name ${token} in @Unique or @Index`;
}

function checkLength(entity: EntityDraft, { column, options }: SealedDraft): void {
  if (column.length === '') return;
  const needed = shortestColumn(options.type ?? 'string', options.pad);
  if (Number(column.length) >= needed) return;
  const reason = `varchar(${column.length}) is too short: a cell needs at least ${needed} characters; leave "length" out`;
  throw entity.refuse(column, reason);
}

function checkNormalize(entity: EntityDraft, { column, options, tokens }: SealedDraft): void {
  if (options.normalize === undefined) return;
  const reason = whyNoNormalizer(options.normalize);
  if (reason !== undefined) throw entity.refuse(column, reason);
  if ((options.type ?? 'string') !== 'string')
    throw entity.refuse(column, 'only strings can have a normaliser; remove "normalize"');
  if (tokens.length > 0) return;
  const add = `write index: { ${column.propertyName}Token: equality() }`;
  throw entity.refuse(
    column,
    `normalize shapes tokens, and the field has none; ${add}, or remove it`,
  );
}

function checkToken(entity: EntityDraft, draft: SealedDraft, { column, kind }: TokenDraft): void {
  const isSound =
    column.transformer instanceof TokenTransformer &&
    column.type === 'bytea' &&
    !column.isSelect &&
    !column.isPrimary &&
    column.default === undefined &&
    column.isNullable === (draft.column.isNullable || mayLackTokens(draft.options));
  if (!isSound) {
    const reason = 'its declaration was changed after "index" made it; leave it to @Encrypted';
    throw entity.refuse(column, reason);
  }
  if (kind.global !== undefined && draft.options.scope === undefined) {
    const reason =
      'global has no meaning: the tokens of a field without scope are the same everywhere';
    throw entity.refuse(column, reason);
  }
}
