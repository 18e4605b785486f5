import type { TextRule } from './record-reader.ts';

/** Field and index ids (FORMAT.md section 3). */
export const ID: TextRule = {
  pattern: /^[A-Za-z0-9_.-]{1,128}$/,
  expected: '1 to 128 of A-Z, a-z, 0-9, "_", ".", "-"',
};

const INHERITED = Object.getOwnPropertyNames(Object.prototype).join('|');
const PROPERTY = `(?!(?:${INHERITED})(?:\\.|$))[\\p{L}_$][\\p{L}\\p{N}_$]*`;

/**
 * Names of models, and of properties, which can be paths into embedded objects: `profile.pan`.
 * What every object inherits is not among them: a row that lacks the property `constructor` would
 * seem to hold a value.
 */
export const NAME: TextRule = {
  pattern: new RegExp(`^(?=.{1,128}$)${PROPERTY}(?:\\.${PROPERTY}){0,15}$`, 'u'),
  expected:
    'a name of 1 to 128 letters, digits, "_" or "$" that no object inherits, or such names joined by "."',
};

/** Names in the database: anything that can be quoted. */
export const DATABASE_NAME: TextRule = {
  pattern: /^[^\p{Cc}\p{Cs}]{1,128}$/u,
  expected: 'a database name of 1 to 128 characters',
};

export const ADAPTER: TextRule = {
  pattern: /^[a-z][a-z0-9-]{0,31}$/,
  expected: '1 to 32 of a-z, 0-9, "-"',
};

export const KEY_ALIAS: TextRule = {
  pattern: /^alias\/[A-Za-z0-9/_-]{1,250}$/,
  expected: '"alias/" and 1 to 250 letters, digits, "/", "_" or "-"',
};

/** One normaliser or several, applied from left to right. */
export const NORMALIZER: TextRule = {
  pattern: /^[a-z][a-z0-9_-]{0,31}@[1-9]\d{0,3}(?:\+[a-z][a-z0-9_-]{0,31}@[1-9]\d{0,3}){0,7}$/,
  expected: 'name@version, or 2 to 8 of them joined by "+"',
};

export const PART: TextRule = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]{0,63}(?:@[1-9]\d{0,3})?$/,
  expected: 'the name of a part function',
};

export const REASON: TextRule = {
  pattern: /^\s*\S.{0,499}$/s,
  expected: 'a reason of 1 to 500 characters',
};
