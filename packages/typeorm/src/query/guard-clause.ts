import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import type { WhereClause } from 'typeorm/query-builder/WhereClause.js';
import { guardText, type NamedEntity } from './guard-text.ts';
import { guardTokens } from './guard-tokens.ts';
import { contextOf } from './query-context.ts';
import { aliasesInText, aliasesOf } from './statement-aliases.ts';

type Builder = QueryBuilder<ObjectLiteral>;

/** Clauses that compare; text in them is let through where `strict` is off. */
const CONDITIONS: ReadonlySet<string> = new Set(['where', 'having', 'join', 'on conflict']);

/**
 * Refuses text of the application that names a sealed column, by itself or in a query within.
 * Called when the statement is built, since only then all aliases are known.
 */
export function guardClause(builder: Builder, clause: string, text: string): void {
  const context = contextOf(builder.dataSource);
  if (context === undefined || (!context.strict && CONDITIONS.has(clause))) return;
  guardText({ clause, text, entities: [...aliasesOf(builder), ...within(builder, text)] });
}

/** The same for text that is a whole query, to which the aliases around it mean nothing. */
export function guardQuery(builder: Builder, clause: 'from' | 'with', text: string): void {
  if (contextOf(builder.dataSource) === undefined) return;
  guardText({ clause, text, entities: within(builder, text) });
}

function within({ dataSource }: Builder, text: string): readonly NamedEntity[] {
  return /\bselect\b/i.test(text) ? aliasesInText(dataSource, text) : [];
}

/** Text among the conditions of a statement; brackets come here by themselves. */
export function guardConditions(builder: Builder, clauses: readonly WhereClause[]): void {
  for (const { condition } of clauses) {
    if (typeof condition !== 'string') continue;
    guardClause(builder, 'where', condition);
    guardTokens(builder, condition, aliasesOf(builder));
  }
}

/**
 * Queries that are put before the statement: a cell that leaves one is no longer known as a cell.
 * Writes among them are guarded by their own builders.
 */
export function guardCommonTables(builder: Builder): void {
  for (const { queryBuilder } of builder.expressionMap.commonTableExpressions) {
    const isText = typeof queryBuilder === 'string';
    if (!isText && queryBuilder.expressionMap.queryType !== 'select') continue;
    guardQuery(builder, 'with', isText ? queryBuilder : queryBuilder.getQuery());
  }
}
