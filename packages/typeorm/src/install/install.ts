import { createFieldCodec, currentScope, FieldsealError } from '@fieldseal/core';
import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { settleColumns } from '../annotation/settle-columns.ts';
import { readSealedEntities } from '../model/sealed-entities.ts';
import { hideColumns } from '../query/hidden-columns.ts';
import { makeSealedBuilders } from '../query/make-sealed-builders.ts';
import { setContext } from '../query/query-context.ts';
import { SealedSelectBuilder } from '../query/sealed-select-builder.ts';
import { guardSchema } from './guard-schema.ts';
import { hideCriteria } from './hide-criteria.ts';
import { once } from './once.ts';
import type { FieldsealOptions } from './options.ts';
import { selfCheck } from './self-check.ts';
import { Subscriber } from './subscriber.ts';

interface Metadatas {
  buildMetadatas(): Promise<void>;
}

const installed = new WeakSet<DataSource>();

export function isInstalled(dataSource: DataSource): boolean {
  return installed.has(dataSource);
}

/** @throws `ERR_CONFIG_INVALID` for another database than PostgreSQL */
export function requirePostgres({ options: { type } }: DataSource): void {
  if (type === 'postgres') return;
  const message = `Fieldseal works with PostgreSQL; this data source is ${type}`;
  throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'dataSource' });
}

/**
 * Replaces what has to be ours in one data source. Entities are read when TypeORM builds its
 * metadata, each time that it does.
 */
export function install(dataSource: DataSource, options: FieldsealOptions): void {
  installed.add(dataSource);
  attachWhenBuilt(dataSource, options);
  makeSealedBuilders(dataSource);
  hideCriteria(dataSource);
  guardSchema(dataSource);
}

function attachWhenBuilt(dataSource: DataSource, options: FieldsealOptions): void {
  const source = dataSource as unknown as Metadatas;
  const build = source.buildMetadatas.bind(dataSource);
  Object.assign(source, {
    async buildMetadatas() {
      settle();
      await build();
      // of files named by a pattern the decorators have run only now
      if (settle()) await build();
      attach(dataSource, options);
    },
  });
}

/** @returns whether decorators were joined that TypeORM's metadata would have had apart */
export function settle(): boolean {
  const { columns } = getMetadataArgsStorage();
  const before = columns.length;
  settleColumns();
  return columns.length !== before;
}

/** Conditions and results need the entities that TypeORM has read. */
export function attach(dataSource: DataSource, options: FieldsealOptions): void {
  subscribe(dataSource, options);
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
}

/** @throws `ERR_CONFIG_INVALID` where a subscriber of ours is there that came from elsewhere */
function subscribe({ subscribers }: DataSource, options: FieldsealOptions): void {
  const ours = subscribers.filter((each) => each instanceof Subscriber);
  const [first] = ours;
  if (first === undefined) subscribers.push(new Subscriber(options));
  else if (ours.length > 1 || Subscriber.optionsOf(first) !== options) throw installedTwice();
}

export function installedTwice(): FieldsealError {
  const message =
    'Fieldseal is in this data source already: call fieldseal() once, or list one fieldsealSubscriber()';
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'dataSource' });
}
