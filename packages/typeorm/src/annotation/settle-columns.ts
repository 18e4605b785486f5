import { isDeepStrictEqual } from 'node:util';
import { getMetadataArgsStorage } from 'typeorm';
import type { ColumnMetadataArgs } from 'typeorm/metadata-args/ColumnMetadataArgs.js';
import { absorbColumn } from './absorb-column.ts';
import { annotationInvalid } from './annotation-invalid.ts';
import { companionOf, indexesOf } from './column-options.ts';
import { FieldTransformer } from './field-transformer.ts';
import { columnArgsOf, familyOf, removeColumn } from './register-column.ts';
import { TokenTransformer } from './token-transformer.ts';

/**
 * Joins what decorators have said about one property, after all of them have run and before
 * TypeORM builds its metadata. Without it the sealed column is used all the same, but a `@Column`
 * above `@Encrypted` would lose its options.
 *
 * @throws FieldsealError `ERR_ANNOTATION_INVALID` that names the property
 */
export function settleColumns(): void {
  for (const args of [...getMetadataArgsStorage().columns]) {
    if (args.options.transformer instanceof FieldTransformer) settleSealed(args);
    else if (args.options.transformer instanceof TokenTransformer) settleToken(args);
  }
}

function settleSealed(args: ColumnMetadataArgs): void {
  const { target, propertyName } = args;
  const stacked = columnArgsOf(target, propertyName).filter((other) => other !== args);
  if (stacked.length > 0) {
    Object.assign(args.options, stacked.reduce(absorbColumn, args.options));
    stacked.forEach(removeColumn);
    settleCompanions(args);
  }
  const storage = getMetadataArgsStorage();
  const isSame = (other: { target: unknown; propertyName: string }) =>
    other.target === target && other.propertyName === propertyName;
  if (storage.embeddeds.some(isSame))
    throw invalid(
      args,
      'an embedded object cannot be sealed; seal its properties, or type: "json"',
    );
  if (storage.relations.some(isSame))
    throw invalid(args, 'a relation cannot be sealed; seal properties of the other entity');
  for (const other of relatives(args)) {
    if (isDeepStrictEqual(annotationOf(other), annotationOf(args))) continue;
    if (other.options.transformer instanceof FieldTransformer)
      throw invalid(args, `${nameOf(other)} seals it with other options; they share the column`);
    if (other.options.transformer instanceof TokenTransformer)
      throw invalid(args, 'it is a token column too; give one of the two another name');
  }
}

/** NULL exactly where the field is, and written with it. */
function settleCompanions({ target, options }: ColumnMetadataArgs): void {
  const annotation = (options.transformer as FieldTransformer).annotation;
  for (const [token] of indexesOf(annotation)) {
    for (const args of columnArgsOf(target, token)) {
      if (args.options.transformer instanceof TokenTransformer)
        Object.assign(args.options, companionOf(options));
    }
  }
}

function settleToken(args: ColumnMetadataArgs): void {
  const { target, propertyName } = args;
  if (columnArgsOf(target, propertyName).length === 1) {
    const other = relatives(args).find(
      ({ options }) => !(options.transformer instanceof TokenTransformer),
    );
    if (other === undefined) return;
  }
  throw invalid(
    args,
    'it holds the tokens of a sealed field, and is declared once more; remove that, or give the token column another name',
  );
}

/** Columns for the same property in classes that can share a table with this one. */
function relatives(args: ColumnMetadataArgs): readonly ColumnMetadataArgs[] {
  const { target, propertyName } = args;
  return getMetadataArgsStorage().columns.filter(
    (other) =>
      other.propertyName === propertyName &&
      other.target !== target &&
      familyOf(other.target) === familyOf(target) &&
      isBelow(other.target, target),
  );
}

/** Whether one of the two classes extends the other. */
function isBelow(a: ColumnMetadataArgs['target'], b: ColumnMetadataArgs['target']): boolean {
  if (typeof a !== 'function' || typeof b !== 'function') return false;
  return Object.prototype.isPrototypeOf.call(a, b) || Object.prototype.isPrototypeOf.call(b, a);
}

function annotationOf({ options }: ColumnMetadataArgs): unknown {
  return options.transformer instanceof FieldTransformer
    ? options.transformer.annotation
    : undefined;
}

function nameOf({ target }: ColumnMetadataArgs): string {
  return typeof target === 'function' ? target.name : target;
}

function invalid(args: ColumnMetadataArgs, reason: string): Error {
  return annotationInvalid(nameOf(args), args.propertyName, reason);
}
