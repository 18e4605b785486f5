import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { contextOf } from './query-context.ts';

/** `select` of a builder that writes. */
export type StartSelect = (...args: unknown[]) => SelectQueryBuilder<ObjectLiteral>;

/** From a builder that writes TypeORM goes on with a select builder of its own, which opens nothing. */
export function selectAgain(
  builder: SelectQueryBuilder<ObjectLiteral>,
): SelectQueryBuilder<ObjectLiteral> {
  return contextOf(builder.dataSource)?.sealedSelect(builder) ?? builder;
}
