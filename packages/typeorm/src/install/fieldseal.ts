import { createFieldCodec, currentScope, FieldsealError } from '@fieldseal/core';
import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { settleColumns } from '../annotation/settle-columns.ts';
import { readSealedEntities } from '../model/sealed-entities.ts';
import { hideColumns } from '../query/hidden-columns.ts';
import { makeSealedBuilders } from '../query/make-sealed-builders.ts';
import { contextOf, setContext } from '../query/query-context.ts';
import { SealedSelectBuilder } from '../query/sealed-select-builder.ts';
import { createSubscriber } from './fieldseal-subscriber.ts';
import { guardSchema } from './guard-schema.ts';
import { hideCriteria } from './hide-criteria.ts';
import { once } from './once.ts';
import type { FieldsealOptions } from './options.ts';
import { selfCheck } from './self-check.ts';

const installed = new WeakSet<DataSource>();

/**
 * Seals the annotated fields of a data source: on the way in, on the way out, and in conditions.
 * Call it before `initialize()`, or after it.
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
  if (dataSource.options.type !== 'postgres') {
    const message = `Fieldseal works with PostgreSQL; this data source is ${dataSource.options.type}`;
    throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'dataSource' });
  }
  if (installed.has(dataSource)) {
    const message = 'fieldseal() was called for this data source before';
    throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'dataSource' });
  }
  if (dataSource.isInitialized) {
    const { columns } = getMetadataArgsStorage();
    const before = columns.length;
    settleColumns();
    if (columns.length !== before) {
      const message =
        '@Encrypted stands on a property with @Column: call fieldseal() before dataSource.initialize()';
      throw new FieldsealError('ERR_NOT_WIRED', message);
    }
    attach(dataSource, options);
  } else {
    attachLater(dataSource, options);
  }
  installed.add(dataSource);
  makeSealedBuilders(dataSource);
  hideCriteria(dataSource);
  guardSchema(dataSource);
  return dataSource;
}

/** TypeORM reads entities in `initialize()`; conditions and results need what it read. */
function attachLater(dataSource: DataSource, options: FieldsealOptions): void {
  const { buildMetadatas } = dataSource as unknown as { buildMetadatas(): Promise<void> };
  const build = buildMetadatas.bind(dataSource);
  Object.assign(dataSource, {
    async buildMetadatas() {
      settleColumns();
      await build();
      attach(dataSource, options);
    },
  });
}

function attach(dataSource: DataSource, options: FieldsealOptions): void {
  const { strict = true, ...rest } = options;
  const entities = readSealedEntities(dataSource);
  const codec = createFieldCodec({ ...rest, manifest: entities.manifest });
  setContext(dataSource, {
    codec,
    entities,
    ambient: rest.ambientScope ?? currentScope,
    strict,
    sealedSelect: (from) => new SealedSelectBuilder(from),
    ready: once((queryRunner) => selfCheck(codec, queryRunner)),
  });
  hideColumns(entities, dataSource.entityMetadatas);
  dataSource.subscribers.push(createSubscriber());
}

/** @throws `ERR_NOT_WIRED` for a data source without Fieldseal, or before `initialize()` */
export function requireContext(dataSource: DataSource): NonNullable<ReturnType<typeof contextOf>> {
  const context = contextOf(dataSource);
  if (context !== undefined) return context;
  const message = 'Fieldseal is not in this data source yet: call fieldseal() and initialize()';
  throw new FieldsealError('ERR_NOT_WIRED', message);
}
