import type { DataSource, ObjectLiteral, QueryBuilder } from 'typeorm';
import { SealedSelectBuilder } from './sealed-select-builder.ts';

type Make = (...args: unknown[]) => QueryBuilder<ObjectLiteral>;

/**
 * Gives a data source our query builders. Repositories, entity managers and relations all ask it for
 * theirs. TypeORM's own list of builder classes is no place for them: it is one for the whole process,
 * and every new data source writes it anew.
 */
export function makeSealedBuilders(dataSource: DataSource): void {
  const make = dataSource.createQueryBuilder.bind(dataSource) as Make;
  const createQueryBuilder: Make = (...args) => new SealedSelectBuilder(make(...args));
  Object.assign(dataSource, { createQueryBuilder });
}
