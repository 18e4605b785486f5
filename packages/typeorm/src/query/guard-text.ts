import type { ColumnMetadata, SealedEntity } from '../model/sealed-entities.ts';
import { refusal } from './refusal.ts';

/** An entity, and a name by which text of the statement can qualify its columns. */
export type NamedEntity = readonly [alias: string, entity: SealedEntity];

/** Which text of a statement it is, for the error: `where`, `select`, `order by` ... */
export interface GuardedText {
  readonly clause: string;
  readonly text: string;
  readonly entities: readonly NamedEntity[];
}

/** What these clauses say becomes data: of the application, or in another column. */
const GIVES_DATA: ReadonlySet<string> = new Set(['select', 'returning', 'set', 'from', 'with']);

const WHY = 'text of SQL sees the cell; use an object condition, or token() on a token column';

/** Names of parameters that hold plaintext for a field that is not sealed yet. */
export const PLAIN_PARAMETER = 'fieldseal_plain_';
const IS_PLAIN = String.raw`\s(?:=|LIKE|<@)\sANY\((?:CAST\()?:${PLAIN_PARAMETER}`;
/** How the compiled condition asks whether a field has a value in one of its two columns. */
const IN_BOTH = /num_nonnulls\([^()]*\)/giu;

/**
 * Refuses SQL text of the application that names a sealed column: what it compares or returns is
 * the cell. Whether a field is null, and how many are not, can be asked. Tokens have no order.
 * @throws `ERR_OPERATOR_UNSUPPORTED` naming the field and the clause, never the text
 */
export function guardText({ clause, text, entities }: GuardedText): void {
  for (const [alias, entity] of entities) {
    for (const [column, field] of guardedColumns(entity, clause)) {
      const isMoving = entity.oldOf.has(column) || entity.sealed.get(column)?.old !== undefined;
      if (!names(isMoving ? text.replace(IN_BOTH, '') : text, alias, column, isMoving)) continue;
      throw refusal({ model: entity.model, field, operator: clause }, WHY);
    }
    const [first] = entity.sealed.values();
    if (first === undefined || !GIVES_DATA.has(clause) || !givesRow(text, alias)) continue;
    const why = 'a whole row has its cells; name columns';
    throw refusal({ model: entity.model, field: first.field.name, operator: clause }, why);
  }
}

function guardedColumns(
  entity: SealedEntity,
  clause: string,
): readonly (readonly [ColumnMetadata, string])[] {
  const own = [...entity.sealed].map(([column, { field }]) => [column, field.name] as const);
  const olds = [...entity.oldOf].map(([column, { field }]) => [column, field.name] as const);
  const fields = [...own, ...olds];
  if (clause !== 'order by') return fields;
  const tokens = [...entity.tokenOf].map(([column, { index }]) => [column, index.name] as const);
  return [...fields, ...tokens];
}

/** Names of the parameters that text compares with a column. */
export function comparedWith(
  text: string,
  alias: string,
  column: ColumnMetadata,
): readonly string[] {
  if (!isPossible(text, column)) return [];
  return [...text.matchAll(patternsOf(alias, column).compared)].map(([, name = '']) => name);
}

function columnNames({ propertyPath, databaseName }: ColumnMetadata): readonly string[] {
  return [...new Set([propertyPath, databaseName])];
}

interface Patterns {
  readonly named: RegExp;
  /** The same, where whether it is NULL must not be asked either. */
  readonly moving: RegExp;
  /** What may be asked of a sealed column: how many are not null. */
  readonly counted: RegExp;
  readonly compared: RegExp;
}

const patterns = new WeakMap<ColumnMetadata, Map<string, Patterns>>();

/** @param isMoving - A value is in one of two columns, so NULL in one says nothing. */
function names(text: string, alias: string, column: ColumnMetadata, isMoving: boolean): boolean {
  if (!isPossible(text, column)) return false;
  const { named, moving, counted } = patternsOf(alias, column);
  if (isMoving) return moving.test(text);
  return named.test(text.replace(counted, ''));
}

/** Most texts hold neither name, and need no pattern to say so. */
function isPossible(text: string, column: ColumnMetadata): boolean {
  const lower = text.toLowerCase();
  return columnNames(column).some((name) => lower.includes(name.toLowerCase()));
}

function patternsOf(alias: string, column: ColumnMetadata): Patterns {
  const known = patterns.get(column) ?? new Map<string, Patterns>();
  patterns.set(column, known);
  const made = known.get(alias) ?? createPatterns(alias, column);
  // aliases come from code, not from data, but code can make them up
  if (known.size < MAX_ALIASES) known.set(alias, made);
  return made;
}

const MAX_ALIASES = 100;
const BEFORE = String.raw`(?<![\p{L}\p{N}_$:."])`;
const AFTER = String.raw`(?![\p{L}\p{N}_$"])`;
/** Database and schema, which a table without an alias can be qualified by. */
const SCHEMA = String.raw`(?:"?[\p{L}_][\p{L}\p{N}_$]*"?\s*\.\s*){0,2}`;
const COMPARED = String.raw`\s*(?:=|<>|!=|(?:not\s+)?in\s*\()\s*:(?:\.\.\.)?([\w.]+)`;
const IS_NULL = String.raw`\s+is\s+(?:not\s+)?null\b`;

function createPatterns(alias: string, column: ColumnMetadata): Patterns {
  const named = namePattern(alias, column);
  return {
    named: new RegExp(`${named}(?!${IS_NULL}|${IS_PLAIN})`, 'iu'),
    moving: new RegExp(`${named}(?!${IS_PLAIN})`, 'iu'),
    counted: new RegExp(String.raw`count\(\s*${named}\s*\)`, 'giu'),
    compared: new RegExp(`${named}${COMPARED}`, 'giu'),
  };
}

/** A column in text, by any of its names, with or without its alias. */
function namePattern(alias: string, column: ColumnMetadata): string {
  const qualified = String.raw`(?:\(?\s*${SCHEMA}"?${escaped(alias)}"?\s*\)?\s*\.\s*)?`;
  const name = `(?:${columnNames(column).map(escaped).join('|')})`;
  // a name in quotes ends with them: `"d"."number"` is not `number` of another alias
  return `${BEFORE}${qualified}(?:"${name}"|${name}${AFTER})`;
}

const STAR = /(?:^|,|\bselect\b|\bdistinct\b)\s*\*/iu;

/** Whether text selects all columns, or makes one value of a whole row. */
function givesRow(text: string, alias: string): boolean {
  if (STAR.test(text)) return true;
  const row = `"?${escaped(alias)}"?`;
  const rest = text.replace(new RegExp(String.raw`count\(\s*${row}(?:\.\*)?\s*\)`, 'giu'), '');
  const all = String.raw`${BEFORE}\(?${SCHEMA}${row}\)?\s*\.\s*\*`;
  const value = String.raw`(?:^|[,(]|\bselect\b|\bdistinct\b)\s*${row}\s*(?=$|[,)]|::|\s(?:as|from)\b)`;
  return new RegExp(`${all}|${value}`, 'iu').test(rest);
}

export function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
