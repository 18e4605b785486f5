import {
  type DataSource,
  type EntityManager,
  EntityNotFoundError,
  type EntityTarget,
} from 'typeorm';
import { contextOf } from '../query/query-context.ts';

type Name = 'findOneOrFail' | 'findOneByOrFail';
type Find = (target: EntityTarget<object>, ...criteria: unknown[]) => Promise<unknown>;

/**
 * `findOneOrFail` writes its criteria into the error, which are plain values. For entities with
 * sealed fields the error names the entity only.
 */
export function hideCriteria(dataSource: DataSource): void {
  const make = dataSource.createEntityManager.bind(dataSource);
  Object.assign(dataSource, {
    createEntityManager: (...args: Parameters<typeof make>) => withoutCriteria(make(...args)),
  });
  withoutCriteria(dataSource.manager);
}

/** Every query runner has a manager of its own, so it gets functions that are made once. */
function withoutCriteria(manager: EntityManager): EntityManager {
  return Object.assign(manager, SAFE);
}

const SAFE: Readonly<Record<Name, Find>> = {
  findOneOrFail: safely('findOneOrFail'),
  findOneByOrFail: safely('findOneByOrFail'),
};

function safely(name: Name): Find {
  return async function find(this: EntityManager, target, ...criteria) {
    try {
      const original = Object.getPrototypeOf(this)[name] as Find;
      return await original.call(this, target, ...criteria);
    } catch (error) {
      throw error instanceof EntityNotFoundError ? hidden(this, target, error) : error;
    }
  };
}

function hidden(
  { dataSource }: EntityManager,
  target: EntityTarget<object>,
  error: EntityNotFoundError,
): EntityNotFoundError {
  const metadata = dataSource.getMetadata(target);
  if (contextOf(dataSource)?.entities.of(metadata) === undefined) return error;
  return new EntityNotFoundError(target, undefined);
}
