import type { ValueType } from '../cell/value-type.ts';
import type { Suite } from '../cipher/suite.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { createIndexTokens, type IndexTokens } from '../index/index-tokens.ts';
import { findNormalizer, type Normalizer } from '../index/normalizer.ts';
import { PART_FUNCTIONS, type PartFunction } from '../index/part-function.ts';
import type { CipherSpec } from '../keyring/key-door.ts';
import type {
  Manifest,
  ManifestField,
  ManifestIndex,
  ManifestModel,
} from '../manifest/manifest.ts';
import { manifestInvalid } from '../manifest/record-reader.ts';
import { keyAliasOf } from '../manifest/registry-entries.ts';
import type { SealedModel } from './field-codec.ts';
import { type LegacyReader, legacyReaders } from './legacy-reader.ts';

/** One sealed field with everything that does not change from call to call. */
export interface CompiledField {
  readonly model: string;
  readonly field: ManifestField;
  readonly name: string;
  readonly isText: boolean;
  readonly isBound: boolean;
  readonly type: ValueType;
  readonly alias: string;
  readonly suite: Suite;
  readonly spec: CipherSpec;
  readonly indexes: readonly IndexTokens[];
  /** What else may stand in the column while it is migrating. */
  readonly legacy: readonly LegacyReader[];
}

export interface CompiledModel {
  readonly model: ManifestModel;
  readonly fields: readonly CompiledField[];
  readonly byName: ReadonlyMap<string, CompiledField>;
  readonly sealed: SealedModel;
}

/** What the application adds to what comes with Fieldseal. */
export interface CompileOptions {
  readonly manifest: Manifest;
  readonly defaultSuite: Suite;
  readonly normalizers: ReadonlyMap<string, Normalizer>;
  readonly partFunctions: ReadonlyMap<string, PartFunction>;
  /** By `Model.field`. */
  readonly legacy: Readonly<Record<string, unknown>>;
}

/**
 * @throws `ERR_MANIFEST_INVALID` for a normaliser or part function that is not known,
 * `ERR_CONFIG_INVALID` for a legacy reader of a field that is not there or not migrating.
 */
export function compileModels(options: CompileOptions): ReadonlyMap<string, CompiledModel> {
  checkLegacyNames(options);
  return new Map(options.manifest.models.map((model) => [model.name, compile(options, model)]));
}

function checkLegacyNames({ manifest, legacy }: CompileOptions): void {
  const names = manifest.models.flatMap(({ name, fields }) =>
    fields.map((field) => `${name}.${field.name}`),
  );
  const unknown = Object.keys(legacy).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const option = `legacy["${unknown}"]`;
  throw new FieldsealError('ERR_CONFIG_INVALID', 'Names no sealed field', { option });
}

function compile(options: CompileOptions, model: ManifestModel): CompiledModel {
  const fields = model.fields.map((field) => compileField(options, model, field));
  const byName = new Map(fields.map((field) => [field.name, field]));
  return { model, fields, byName, sealed: sealedModel(model) };
}

function compileField(
  options: CompileOptions,
  model: ManifestModel,
  field: ManifestField,
): CompiledField {
  const { id, type, bind, pad, maxBytes } = field;
  return {
    model: model.name,
    field,
    name: field.name,
    isText: field.storage === 'text',
    isBound: bind === 'row',
    type,
    alias: keyAliasOf(options.manifest, field),
    suite: field.suite ?? options.defaultSuite,
    spec: {
      fieldId: id,
      type,
      bound: bind === 'row',
      ...(pad === undefined ? {} : { pad }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    },
    indexes: field.indexes.map((index) => compileIndex(options, model, field, index)),
    legacy: compileLegacy(options, model, field),
  };
}

/** @throws `ERR_CONFIG_INVALID` for a field that is not on its way from the other library. */
function compileLegacy(
  { legacy }: CompileOptions,
  model: ManifestModel,
  field: ManifestField,
): readonly LegacyReader[] {
  const name = `${model.name}.${field.name}`;
  const option = `legacy["${name}"]`;
  const readers = legacyReaders(option, Object.hasOwn(legacy, name) ? legacy[name] : undefined);
  if (readers.length === 0 || field.phase === 'migrating') return readers;
  const message = 'Legacy values are read in phase "migrating" only: the field has to accept it';
  throw new FieldsealError('ERR_CONFIG_INVALID', message, { option });
}

function compileIndex(
  options: CompileOptions,
  model: ManifestModel,
  field: ManifestField,
  index: ManifestIndex,
): IndexTokens {
  const place = { path: `${model.name}.${index.name}`, model: model.name, field: field.name };
  const normalize = findNormalizer(index.normalizer, options.normalizers);
  if (normalize === undefined) {
    throw manifestInvalid(place, `there is no normaliser ${index.normalizer}`);
  }
  if (index.part === undefined) return createIndexTokens({ field, index, normalize });
  const supplied = PART_FUNCTIONS.get(index.part);
  const part = supplied ?? options.partFunctions.get(index.part);
  if (part === undefined) throw manifestInvalid(place, `there is no part function ${index.part}`);
  if (!part.types.includes(field.type)) {
    throw manifestInvalid(place, `${index.part} is no part of a ${field.type}`);
  }
  const isCustomPart = supplied === undefined;
  return createIndexTokens({ field, index, normalize, part, isCustomPart });
}

function companionsOf(
  { primaryKey }: ManifestModel,
  { bind, scope, subject, from }: ManifestField,
): readonly string[] {
  const key = bind === 'row' ? primaryKey.map(({ name }) => name) : [];
  return [...key, ...[scope, subject, from?.name].filter((name) => name !== undefined)];
}

function sealedModel(model: ManifestModel): SealedModel {
  const fields = new Map(model.fields.map((field) => [field.name, field]));
  const tokens = new Map(
    model.fields.flatMap((field) =>
      field.indexes.map((index) => [index.name, { field, index }] as const),
    ),
  );
  const olds = new Map(
    model.fields.flatMap((field) =>
      field.from === undefined ? [] : [[field.from.name, field] as const],
    ),
  );
  const named = (names: Iterable<string> | undefined): readonly ManifestField[] => {
    if (names === undefined) return model.fields;
    const wanted = new Set(names);
    return model.fields.filter(({ name }) => wanted.has(name));
  };
  return Object.freeze({
    model,
    fields,
    tokens,
    olds,
    bound: (names) => named(names).some(({ bind }) => bind === 'row'),
    companions(names) {
      return new Set(named(names).flatMap((field) => companionsOf(model, field)));
    },
  } satisfies SealedModel);
}
