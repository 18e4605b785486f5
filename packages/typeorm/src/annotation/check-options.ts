import type { EncryptedDefaults, EncryptedOptions, IndexKindOptions } from './annotation.ts';
import { annotationInvalid } from './annotation-invalid.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isFlag: Check = (value) => typeof value === 'boolean';
const isWhole: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isLength: Check = (value) => isWhole(typeof value === 'string' ? Number(value) : value);
const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an option takes, and the words for it. */
type Rule = readonly [check: Check, expected: string];

const TEXT: Rule = [isText, 'a text'];
const FLAG: Rule = [isFlag, 'true or false'];

const DEFAULT_RULES: Readonly<Record<keyof EncryptedDefaults, Rule>> = {
  key: [(value) => isText(value) && /^alias\//.test(value as string), 'an alias, "alias/..."'],
  scope: [isText, 'the name of the property that holds the tenant'],
  subject: [isText, 'the name of the property that holds the subject'],
  bind: [isOneOf('row', 'field'), '"row" or "field"'],
  suite: [isOneOf(1, 2), '1 or 2'],
};

const TYPES = [
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
];

const FIELD_RULES: Readonly<Record<keyof EncryptedOptions, Rule>> = {
  ...DEFAULT_RULES,
  type: [isOneOf(...TYPES), `one of ${TYPES.join(', ')}`],
  normalize: [isText, 'the name of a normaliser, such as "digits"'],
  pad: [isWhole, 'a number of bytes'],
  id: TEXT,
  phase: [isOneOf('plain', 'migrating', 'leaving'), '"plain", "migrating" or "leaving"'],
  from: [isText, 'the name of the property of the old column'],
  maxBytes: [isWhole, 'a number of bytes'],
  index: [isObject, 'an object such as { panToken: equality() }'],
  name: TEXT,
  nullable: FLAG,
  select: FLAG,
  storage: [isOneOf('text', 'bytea'), '"text" or "bytea"'],
  length: [isLength, 'a number of characters'],
  comment: TEXT,
};

const INDEX_RULES: Readonly<Record<keyof IndexKindOptions, Rule>> = {
  kind: [isOneOf('equality', 'part'), 'made by equality(), unique(), last4() and the like'],
  part: [isText, 'the name of a part function'],
  unique: FLAG,
  id: TEXT,
  name: TEXT,
  global: [isText, 'the reason why the tokens may be the same for all tenants'],
  acceptLeakage: [isText, 'the reason why what the index discloses is acceptable'],
};

/** What TypeORM's `@Column` takes and a sealed column cannot have, with what to write instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  unique: 'no two cells are equal; write index: { ...Token: unique() }',
  default: 'a default would be stored as plaintext; set the value in the application',
  primary: 'a primary key cannot be sealed: every write gives another cell',
  array: 'seal a list as one value: type: "json"',
  enum: 'seal the text of it: an enum column takes only its own values',
  transformer: 'convert the value in the application: the column has the transformer that seals it',
  generatedType: 'the database cannot make cells',
  asExpression: 'the database cannot make cells',
  generated: 'the database cannot make cells',
};

/** @returns why a sealed column cannot have this option of `@Column` */
export function whyNoColumnOption(name: string): string | undefined {
  return INSTEAD[name];
}

/**
 * Refuses what the compiler would have refused, for plain JavaScript and for typing errors.
 * @throws FieldsealError `ERR_ANNOTATION_INVALID`
 */
export function checkOptions(entity: string, property: string, options: EncryptedOptions): void {
  check(entity, property, options, FIELD_RULES);
  for (const [token, index] of Object.entries(options.index ?? {})) {
    if (!isObject(index))
      throw annotationInvalid(entity, token, 'write equality(), or another kind');
    check(entity, token, index, INDEX_RULES);
  }
}

/** @throws FieldsealError `ERR_ANNOTATION_INVALID` */
export function checkDefaults(entity: string, defaults: EncryptedDefaults): void {
  check(entity, 'Encrypted.defaults', defaults, DEFAULT_RULES);
}

function check(
  entity: string,
  property: string,
  options: object,
  rules: Readonly<Record<string, Rule>>,
): void {
  if (!isObject(options))
    throw annotationInvalid(entity, property, 'the options must be an object');
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw annotationInvalid(entity, property, whyUnknown(name, rules));
    if (value === undefined || rule[0](value)) continue;
    throw annotationInvalid(entity, property, `${name} must be ${rule[1]}`);
  }
}

function whyUnknown(name: string, rules: Readonly<Record<string, Rule>>): string {
  const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined;
  if (instead !== undefined) return `there is no option "${name}": ${instead}`;
  return `there is no option "${name}"; there are ${Object.keys(rules).join(', ')}`;
}

/** What was given, without the options that are `undefined`: those say nothing, and hide no default. */
export function given<T extends object>(options: T): Readonly<T> {
  const present = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.freeze(Object.fromEntries(present)) as Readonly<T>;
}
