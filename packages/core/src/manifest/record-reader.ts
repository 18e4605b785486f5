import { FieldsealError } from '../errors/fieldseal-error.ts';

/** Where in a manifest something is wrong. */
export interface ManifestPlace {
  /** For people, such as `Customer.aadhaar` or `models[3]`. */
  readonly path: string;
  readonly model?: string;
  readonly field?: string;
}

/** @returns `ERR_MANIFEST_INVALID` that names the place. */
export function manifestInvalid(place: ManifestPlace, message: string): FieldsealError {
  const { path, ...meta } = place;
  return new FieldsealError('ERR_MANIFEST_INVALID', `${path}: ${message}`, meta);
}

/** What a text has to look like; `expected` completes "must be". */
export interface TextRule {
  readonly pattern: RegExp;
  readonly expected: string;
}

/** Reads the properties of one record, each at most once, and never one of a prototype. */
export interface RecordReader {
  /** Names the record in errors from here on: its name is one of its properties. */
  locate(place: ManifestPlace): void;
  text(key: string, rule: TextRule): string;
  optionalText(key: string, rule: TextRule): string | undefined;
  oneOf<T extends string | number | boolean>(key: string, values: readonly T[]): T;
  optionalOneOf<T extends string | number | boolean>(
    key: string,
    values: readonly T[],
  ): T | undefined;
  flag(key: string): boolean;
  optionalInteger(key: string, least: number, most: number): number | undefined;
  list(key: string, least: number, most: number): readonly unknown[];
  /** A value that has a reader of its own; `undefined` when it is not there. */
  optional(key: string): unknown;
  optionalList(key: string, least: number, most: number): readonly unknown[] | undefined;
  /** Whether the property is there and `null`. */
  isNull(key: string): boolean;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // an object literal of any realm, or one without a prototype
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Own values, read once: a getter must not answer twice. */
function ownValues(value: unknown, place: ManifestPlace, known: readonly string[]) {
  if (!isPlainObject(value)) throw manifestInvalid(place, 'must be a plain object');
  const values = new Map<string, unknown>();
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key !== 'string' || !known.includes(key)) {
      throw manifestInvalid(place, `has a property that is none of ${known.join(', ')}`);
    }
    values.set(key, (value as Readonly<Record<string, unknown>>)[key]);
  }
  return values;
}

/**
 * @param known - The only properties that the record may have.
 * @throws `ERR_MANIFEST_INVALID`, as every method of the reader
 */
export function readRecord(
  value: unknown,
  place: ManifestPlace,
  known: readonly string[],
): RecordReader {
  const values = ownValues(value, place, known);
  let here = place;

  function oneOf<T extends string | number | boolean>(key: string, allowed: readonly T[]): T {
    const found = allowed.find((item) => item === values.get(key));
    if (found !== undefined) return found;
    throw manifestInvalid(here, `${key} must be one of ${allowed.join(', ')}`);
  }

  function text(key: string, rule: TextRule): string {
    const found = values.get(key);
    if (typeof found === 'string' && rule.pattern.test(found)) return found;
    throw manifestInvalid(here, `${key} must be ${rule.expected}`);
  }

  function list(key: string, least: number, most: number): readonly unknown[] {
    const found = values.get(key);
    if (Array.isArray(found) && found.length >= least && found.length <= most) return [...found];
    throw manifestInvalid(here, `${key} must be a list of ${least} to ${most} items`);
  }

  return {
    locate(named) {
      here = named;
    },
    text,
    oneOf,
    optionalText: (key, rule) => (values.get(key) === undefined ? undefined : text(key, rule)),
    optionalOneOf: (key, allowed) =>
      values.get(key) === undefined ? undefined : oneOf(key, allowed),
    flag(key) {
      const found = values.get(key);
      if (typeof found === 'boolean') return found;
      throw manifestInvalid(here, `${key} must be true or false`);
    },
    optionalInteger(key, least, most) {
      const found = values.get(key);
      if (found === undefined) return undefined;
      if (Number.isInteger(found) && (found as number) >= least && (found as number) <= most) {
        return found as number;
      }
      throw manifestInvalid(here, `${key} must be a whole number from ${least} to ${most}`);
    },
    list,
    optional: (key) => values.get(key),
    optionalList: (key, least, most) =>
      values.get(key) === undefined ? undefined : list(key, least, most),
    isNull: (key) => values.get(key) === null,
  };
}
