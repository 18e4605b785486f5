import type { KeyColumnFacts } from '@fieldseal/core';
import type { EntityMetadata } from 'typeorm';
import type { EncryptedOptions, IndexKindOptions } from '../annotation/annotation.ts';
import { annotationInvalid } from '../annotation/annotation-invalid.ts';
import { classDefaults } from '../annotation/class-defaults.ts';
import { FieldTransformer } from '../annotation/field-transformer.ts';
import { keyFacts } from './key-facts.ts';
import type { ColumnMetadata } from './sealed-entities.ts';

/** A sealed column before anything is checked against the rest of its entity. */
export interface SealedDraft {
  readonly column: ColumnMetadata;
  /** Options of the field, completed with the defaults of its classes. */
  readonly options: EncryptedOptions;
  readonly tokens: readonly TokenDraft[];
  /** Where the values stand until they are sealed. */
  readonly old: ColumnMetadata | undefined;
}

export interface TokenDraft {
  readonly column: ColumnMetadata;
  readonly kind: IndexKindOptions;
}

/** A table with sealed columns: an entity, or the root of those that share it. */
export interface EntityDraft {
  readonly metadata: EntityMetadata;
  readonly sealed: readonly SealedDraft[];
  readonly key: readonly KeyColumnFacts[];
  column(propertyPath: string): ColumnMetadata | undefined;
  refuse(column: ColumnMetadata, reason: string): Error;
}

/**
 * @returns `undefined` when nothing of the entity is sealed
 * @throws FieldsealError `ERR_ANNOTATION_INVALID`
 */
export function draftEntity(metadata: EntityMetadata): EntityDraft | undefined {
  const columns = metadata.columns.filter((column) => transformerOf(column) !== undefined);
  if (columns.length === 0) return undefined;
  const refuse = (column: ColumnMetadata, reason: string) =>
    annotationInvalid(metadata.name, column.propertyPath, reason);
  const find = (path: string) => columnAt(metadata, path);
  const sealed = columns.map((column): SealedDraft => {
    const transformer = transformerOf(column) as FieldTransformer;
    if (Array.isArray(column.transformer))
      throw refuse(column, 'it has another transformer; convert the value in the application');
    const { annotation } = transformer;
    const tokens = Object.entries(annotation.index ?? {}).map(([name, kind]): TokenDraft => {
      const token = find(besides(column, name));
      if (token !== undefined) return { column: token, kind };
      const helper = 'spread all columns that encryptedColumns() gives';
      throw refuse(column, `its token column "${name}" is no column of the entity; ${helper}`);
    });
    const { from } = annotation;
    const old = from === undefined ? undefined : find(besides(column, from));
    return { column, options: { ...defaultsFor(metadata, column), ...annotation }, tokens, old };
  });
  return { metadata, sealed, key: keyFacts(metadata), column: find, refuse };
}

/** The transformer that makes a column a sealed one, also where the application has added another. */
export function transformerOf({ transformer }: ColumnMetadata): FieldTransformer | undefined {
  const all = Array.isArray(transformer) ? transformer : [transformer];
  return all.find((each) => each instanceof FieldTransformer);
}

export function columnAt(metadata: EntityMetadata, path: string): ColumnMetadata | undefined {
  return metadata.columns.find(({ propertyPath }) => propertyPath === path);
}

/** Path of another property of the object that a column is a property of. */
export function besides({ embeddedMetadata }: ColumnMetadata, name: string): string {
  return embeddedMetadata === undefined ? name : `${embeddedMetadata.propertyPath}.${name}`;
}

/** Of the entity, then of the embedded class or the child that declares the column. */
function defaultsFor({ target }: EntityMetadata, column: ColumnMetadata): EncryptedOptions {
  const { embeddedMetadata } = column;
  const nearer = embeddedMetadata === undefined ? column.target : embeddedMetadata.type;
  return { ...classDefaults(target), ...(isBetween(nearer, target) ? classDefaults(nearer) : {}) };
}

/** The classes that an entity extends have given it their defaults, and its own win over them. */
function isBetween(nearer: unknown, target: unknown): boolean {
  const isAncestor =
    typeof nearer === 'function' &&
    typeof target === 'function' &&
    Object.prototype.isPrototypeOf.call(nearer, target);
  return !isAncestor;
}
