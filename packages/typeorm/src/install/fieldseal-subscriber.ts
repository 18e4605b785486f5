import { type EntitySubscriberInterface, EventSubscriber } from 'typeorm';
import { settleColumns } from '../annotation/settle-columns.ts';
import { installWhereListed } from './install-where-listed.ts';
import type { FieldsealOptions } from './options.ts';
import { Subscriber } from './subscriber.ts';

/** What TypeORM takes in the `subscribers` of a data source, and makes by itself. */
export type FieldsealSubscriber = new () => EntitySubscriberInterface;

/**
 * A subscriber class for the options of a data source, in the place of a call of
 * {@link fieldseal}: for data sources that a framework makes from options. It does the same, when
 * the data source is initialised.
 *
 * @param options - as of {@link fieldseal}
 * @throws nothing; `initialize()` rejects with what {@link fieldseal} throws. In a data source that
 * did not get it by its options every statement is `ERR_NOT_WIRED`.
 *
 * @example
 * ```ts
 * import { fieldsealSubscriber } from '@fieldseal/typeorm';
 * import { DataSource } from 'typeorm';
 *
 * const dataSource = new DataSource({
 *   type: 'postgres',
 *   url,
 *   entities: [Card],
 *   subscribers: [fieldsealSubscriber({ keyring })],
 * });
 * await dataSource.initialize();
 * await dataSource.getRepository(Card).findOneBy({ number: '4111 1111 1111 1111' });
 * ```
 */
export function fieldsealSubscriber(options: FieldsealOptions): FieldsealSubscriber {
  installWhereListed();
  class Listed extends Subscriber {
    constructor() {
      super(options);
      // TypeORM makes subscribers before it reads entities
      settleColumns();
    }
  }
  EventSubscriber()(Listed);
  return Listed;
}
