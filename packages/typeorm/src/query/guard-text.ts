import type { SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import { refusal } from './refusal.ts';

/** Which text of a statement it is, for the error: `where`, `select`, `order by` ... */
export interface GuardedText {
  readonly clause: string;
  readonly text: string;
  /** Entities in the statement, by the alias that they have there; `undefined` for none. */
  readonly aliases: readonly (readonly [alias: string | undefined, entity: SealedEntity])[];
}

const IS_NULL = String.raw`\s+is\s+(?:not\s+)?null\b`;

/** Names of parameters that hold plaintext for a field that is not sealed yet. */
export const PLAIN_PARAMETER = 'fieldseal_plain_';
const IS_PLAIN = String.raw`\s(?:=|LIKE)\sANY\(:${PLAIN_PARAMETER}`;

/**
 * Refuses SQL text of the application that names a sealed column: what it compares or returns is
 * the cell. Whether a field is null, and how many are not, can be asked.
 * @throws `ERR_OPERATOR_UNSUPPORTED` naming the field and the clause, never the text
 */
export function guardText({ clause, text, aliases }: GuardedText): void {
  const lower = text.toLowerCase();
  for (const [alias, entity] of aliases) {
    for (const sealed of entity.sealed.values()) {
      const { column, field } = sealed;
      const columns = [column.propertyPath, column.databaseName];
      // most texts hold neither name, and need no pattern to say so
      if (!columns.some((name) => lower.includes(name.toLowerCase()))) continue;
      if (!names(text, alias, sealed)) continue;
      const why = `text of SQL sees the cell; use an object condition, or token() on a token column`;
      throw refusal({ model: entity.model, field: field.name, operator: clause }, why);
    }
  }
}

interface Patterns {
  readonly named: RegExp;
  /** What may be asked of a sealed column: how many are not null. */
  readonly counted: RegExp;
}

const patterns = new WeakMap<SealedColumn, Map<string | undefined, Patterns>>();

function names(text: string, alias: string | undefined, sealed: SealedColumn): boolean {
  const { named, counted } = patternsOf(alias, sealed);
  return named.test(text.replace(counted, ''));
}

function patternsOf(alias: string | undefined, sealed: SealedColumn): Patterns {
  const known = patterns.get(sealed) ?? new Map<string | undefined, Patterns>();
  patterns.set(sealed, known);
  const made = known.get(alias) ?? createPatterns(alias, sealed);
  // aliases come from code, not from data, but code can make them up
  if (known.size < MAX_ALIASES) known.set(alias, made);
  return made;
}

const MAX_ALIASES = 100;

function createPatterns(alias: string | undefined, { column }: SealedColumn): Patterns {
  const qualified = alias === undefined ? '' : `(?:"?${escaped(alias)}"?\\.)?`;
  const columns = [...new Set([column.propertyPath, column.databaseName])].map(escaped);
  const named = `(?<![\\p{L}\\p{N}_$:.])${qualified}"?(?:${columns.join('|')})"?(?![\\p{L}\\p{N}_$])`;
  return {
    named: new RegExp(`${named}(?!${IS_NULL}|${IS_PLAIN})`, 'iu'),
    counted: new RegExp(`count\\(\\s*${named}\\s*\\)`, 'giu'),
  };
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
