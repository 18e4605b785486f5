import type { ColumnOptions } from 'typeorm';
import type { ColumnMetadataArgs } from 'typeorm/metadata-args/ColumnMetadataArgs.js';
import type { EncryptedOptions } from './annotation.ts';
import { annotationInvalid } from './annotation-invalid.ts';
import { whyNoColumnOption } from './check-options.ts';
import { FieldTransformer } from './field-transformer.ts';

/** What the annotation may say as well; where it does, it wins. */
const SHARED = ['name', 'nullable', 'select', 'comment', 'length'] as const;

/** What only `@Column` can say. */
const TAKEN_OVER = ['insert', 'update'] as const;

const KNOWN: ReadonlySet<string> = new Set([...SHARED, ...TAKEN_OVER, 'type']);
const TEXT_TYPES: ReadonlySet<unknown> = new Set(['text', 'varchar', 'character varying']);

/**
 * Options of a sealed column that `@Column` or another decorator of TypeORM stands on as well.
 *
 * @param transformer - Of the sealed column, with its annotation.
 * @param own - Options that the annotation came to by itself.
 * @param other - What the decorator of TypeORM registered.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID` for what a sealed column cannot be
 */
export function absorbColumn(own: ColumnOptions, other: ColumnMetadataArgs): ColumnOptions {
  const { transformer } = own;
  if (!(transformer instanceof FieldTransformer)) return own;
  const { annotation } = transformer;
  const refuse = (reason: string) => annotationInvalid(nameOf(other), other.propertyName, reason);
  if (other.options.transformer instanceof FieldTransformer)
    throw refuse('it is annotated twice; a field has one @Encrypted');
  if (other.mode !== 'regular')
    throw refuse(`a column of the mode "${other.mode}" cannot be sealed: the database fills it`);
  for (const [name, value] of Object.entries(other.options)) {
    if (KNOWN.has(name) || value === undefined || value === null || value === false) continue;
    const reason = whyNoColumnOption(name) ?? 'it has no meaning on a sealed column; remove it';
    throw refuse(`@Column({ ${name} }): ${reason}`);
  }
  const type = absorbType(own, other, refuse);
  checkNullable(annotation, other, refuse);
  const absorbed: ColumnOptions = { ...own, ...picked(other.options, TAKEN_OVER), type };
  for (const name of SHARED) {
    const value = other.options[name];
    if (annotation[name] === undefined && value !== undefined)
      Object.assign(absorbed, { [name]: value });
  }
  if (absorbed.length !== undefined && type === 'text') absorbed.type = 'varchar';
  return absorbed;
}

/** Of a field with an old column the column itself always takes NULL. */
function checkNullable(
  { from }: EncryptedOptions,
  { options }: ColumnMetadataArgs,
  refuse: (reason: string) => Error,
): void {
  if (from === undefined || options.nullable === undefined) return;
  throw refuse('@Column({ nullable }): say it in @Encrypted, since the column itself takes NULL');
}

function absorbType(
  own: ColumnOptions,
  { options: { type } }: ColumnMetadataArgs,
  refuse: (reason: string) => Error,
): NonNullable<ColumnOptions['type']> {
  const { type: chosen = 'text', transformer } = own;
  // a constructor is what TypeORM infers from the property, which is the type of the plaintext
  if (type === undefined || typeof type === 'function') return chosen;
  const { storage } = (transformer as FieldTransformer).annotation;
  if (type === 'bytea' && storage !== 'text') return type;
  if (TEXT_TYPES.has(type) && storage !== 'bytea') return chosen === 'varchar' ? chosen : type;
  if (type === 'bytea' || TEXT_TYPES.has(type))
    throw refuse(`@Column says ${type} and @Encrypted says storage: "${storage}"; remove one`);
  throw refuse(`a cell needs a text, varchar or bytea column, and this is ${type}; write "text"`);
}

function picked(
  options: ColumnOptions,
  names: readonly (keyof ColumnOptions)[],
): Partial<ColumnOptions> {
  const given = names.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

function nameOf({ target }: ColumnMetadataArgs): string {
  return typeof target === 'function' ? target.name : target;
}
