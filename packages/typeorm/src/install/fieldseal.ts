import { FieldsealError } from '@fieldseal/core';
import type { DataSource } from 'typeorm';
import {
  attach,
  install,
  installedTwice,
  isInstalled,
  requirePostgres,
  settle,
} from './install.ts';
import type { FieldsealOptions } from './options.ts';

/**
 * Seals the annotated fields of a data source: on the way in, on the way out, and in conditions.
 * Call it before `initialize()`, or after it. Where the data source is made by somebody else,
 * {@link fieldsealSubscriber} in its options does the same.
 *
 * Nothing is checked in the database before the first use of a sealed field; call
 * `fieldsealOf(dataSource).ready()` at start-up to learn earlier that entities, database and key
 * store fit together.
 *
 * @param dataSource - Of type `postgres`.
 * @param options - `keyring`; `normalizers` and `partFunctions` that the annotations name;
 * `ambientScope` where the application keeps its own instead of `withScope`; `strict`.
 * @returns the same data source
 * @throws `ERR_CONFIG_INVALID` for another database or when it is called twice,
 * `ERR_ANNOTATION_INVALID` for entities that cannot be sealed as they are annotated
 *
 * @example
 * ```ts
 * import { fieldseal } from '@fieldseal/typeorm';
 * import { DataSource } from 'typeorm';
 *
 * const dataSource = fieldseal(new DataSource({ type: 'postgres', url, entities: [Card] }), {
 *   keyring,
 * });
 * await dataSource.initialize();
 * await dataSource.getRepository(Card).findOneBy({ number: '4111 1111 1111 1111' });
 * ```
 */
export function fieldseal(dataSource: DataSource, options: FieldsealOptions): DataSource {
  requirePostgres(dataSource);
  if (isInstalled(dataSource)) throw installedTwice();
  if (dataSource.isInitialized && settle()) {
    const message =
      '@Encrypted stands on a property with @Column: call fieldseal() before dataSource.initialize()';
    throw new FieldsealError('ERR_NOT_WIRED', message);
  }
  if (dataSource.isInitialized) attach(dataSource, options);
  install(dataSource, options);
  return dataSource;
}
