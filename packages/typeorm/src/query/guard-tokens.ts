import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import { Parameter } from '../annotation/parameter.ts';
import { comparedWith, type NamedEntity } from './guard-text.ts';
import { contextOf } from './query-context.ts';
import { refusal } from './refusal.ts';

/**
 * Refuses a plain value that text compares with a token column: it would be sent as it is, and would
 * find nothing.
 * @throws `ERR_OPERATOR_UNSUPPORTED` in strict mode, naming the token column
 */
export function guardTokens(
  { dataSource, expressionMap: { parameters } }: QueryBuilder<ObjectLiteral>,
  text: string,
  entities: readonly NamedEntity[],
): void {
  if (contextOf(dataSource)?.strict !== true) return;
  for (const [alias, { model, tokenOf }] of entities) {
    for (const [column, { index }] of tokenOf) {
      const isGivenPlain = comparedWith(text, alias, column).some((name) =>
        isPlain(parameters[name]),
      );
      if (!isGivenPlain) continue;
      const place = { model, field: index.name, operator: 'where' };
      throw refusal(place, 'compare it with token(), not with a value');
    }
  }
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isPlain);
  if (value === undefined || value === null || value instanceof Parameter) return false;
  return !(value instanceof Uint8Array);
}
