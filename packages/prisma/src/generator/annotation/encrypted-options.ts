import type { FieldPhase, Suite, ValueType } from '@fieldseal/core';
import type { Annotation } from './annotation.ts';
import {
  type OptionContext,
  type OptionRules,
  oneOf,
  quoted,
  readOptions,
  wholeNumber,
  word,
} from './option-reader.ts';

/** Options of `@encrypted` as written; what is absent has its default. */
export interface EncryptedOptions {
  readonly type?: ValueType;
  readonly key?: string;
  readonly scope?: string;
  readonly subject?: string;
  readonly bind?: 'row' | 'field';
  readonly suite?: Suite;
  readonly normalize?: string;
  readonly pad?: number;
  readonly id?: string;
  readonly phase?: Exclude<FieldPhase, 'sealed'>;
  /** Field with the old column, while the type of the storage changes. */
  readonly from?: string;
  /** Of a field with `from`: the application's type has no `null`, although both columns take it. */
  readonly required?: 'true';
}

const FIELD_NAME = word(/^[A-Za-z]\w*$/, 'the name of a field of this model, such as tenantId');

/** Largest padding that the manifest allows. */
const MAX_PAD = 65_536;

const RULES: OptionRules<EncryptedOptions> = {
  type: oneOf<ValueType>(
    'string',
    'bytes',
    'int',
    'bigint',
    'decimal',
    'double',
    'boolean',
    'date',
    'timestamp',
    'json',
  ),
  key: quoted(
    /^alias\/[A-Za-z0-9/_-]{1,250}$/,
    'a key alias in quotes, such as "alias/kyc" (letters, digits, "/", "_" and "-")',
  ),
  scope: FIELD_NAME,
  subject: FIELD_NAME,
  bind: oneOf('row', 'field'),
  suite: wholeNumber('1 or 2', (value) => value === 1 || value === 2),
  normalize: word(
    /^[a-z][a-z0-9_-]*(@\d+)?(\+[a-z][a-z0-9_-]*(@\d+)?)*$/,
    'the name of a normaliser such as digits, or several joined by "+"',
  ),
  pad: wholeNumber(
    `a multiple of 16 up to ${MAX_PAD}`,
    (value): value is number => value > 0 && value <= MAX_PAD && value % 16 === 0,
  ),
  id: quoted(
    /^[A-Za-z0-9_.-]{1,128}$/,
    'an id in quotes: 1 to 128 letters, digits, "_", "." and "-"',
  ),
  phase: oneOf('plain', 'migrating', 'leaving'),
  from: FIELD_NAME,
  required: oneOf('true'),
};

/** Options that name one field cannot be a default for all fields of a model. */
const { id: _id, normalize: _normalize, from: _from, required: _required, ...MODEL_RULES } = RULES;

/** Reads `@encrypted` on a field. */
export function readFieldOptions(annotation: Annotation, context: OptionContext): EncryptedOptions {
  return readOptions<EncryptedOptions>(annotation.args, RULES, context);
}

/** Reads `@encrypted` on a model: defaults for its sealed fields. */
export function readModelOptions(annotation: Annotation, context: OptionContext): EncryptedOptions {
  return readOptions<Omit<EncryptedOptions, 'id' | 'normalize' | 'from' | 'required'>>(
    annotation.args,
    MODEL_RULES,
    context,
  );
}
