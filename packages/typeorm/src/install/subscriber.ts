import type { AfterQueryEvent, BeforeQueryEvent, EntitySubscriberInterface } from 'typeorm';
import { bindQuery } from '../query/bind-query.ts';
import { hideDetail } from './hide-detail.ts';
import { hideFromLogger } from './hide-from-logger.ts';
import type { FieldsealOptions } from './options.ts';
import { requireContext } from './require-context.ts';

/**
 * The subscriber that finishes every statement: cells are sealed and tokens made when their
 * parameters are bound. TypeORM awaits it before the driver sees them, whatever listeners are off.
 */
export class Subscriber implements EntitySubscriberInterface {
  readonly #options: FieldsealOptions;

  constructor(options: FieldsealOptions) {
    this.#options = options;
  }

  /** What the data source is to be installed with, where it got nothing but this subscriber. */
  static optionsOf(subscriber: Subscriber): FieldsealOptions {
    return subscriber.#options;
  }

  /** @throws `ERR_NOT_WIRED` in a data source that knows nothing of Fieldseal but this object */
  async beforeQuery({ dataSource, queryRunner, parameters }: BeforeQueryEvent): Promise<void> {
    requireContext(dataSource);
    hideFromLogger(dataSource.logger);
    await bindQuery(dataSource, queryRunner, parameters as readonly unknown[] | undefined);
  }

  afterQuery({ dataSource, success, error, parameters }: AfterQueryEvent): void {
    if (!success) hideDetail(dataSource, error, parameters as readonly unknown[] | undefined);
  }
}
