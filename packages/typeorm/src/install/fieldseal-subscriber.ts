import type { AfterQueryEvent, BeforeQueryEvent, EntitySubscriberInterface } from 'typeorm';
import { bindQuery } from '../query/bind-query.ts';
import { hideDetail } from './hide-detail.ts';

/**
 * The subscriber that finishes every statement: cells are sealed and tokens made when their
 * parameters are bound. TypeORM awaits it before the driver sees them, whatever listeners are off.
 */
export function createSubscriber(): EntitySubscriberInterface {
  return {
    beforeQuery({ dataSource, queryRunner, parameters }: BeforeQueryEvent): Promise<void> {
      return bindQuery(dataSource, queryRunner, parameters as readonly unknown[] | undefined);
    },
    afterQuery({ dataSource, success, error, parameters }: AfterQueryEvent): void {
      if (!success) hideDetail(dataSource, error, parameters as readonly unknown[] | undefined);
    },
  };
}
