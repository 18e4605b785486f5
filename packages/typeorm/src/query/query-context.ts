import type { FieldCodec, Scope } from '@fieldseal/core';
import type {
  DataSource,
  EntityMetadata,
  ObjectLiteral,
  QueryBuilder,
  QueryRunner,
  SelectQueryBuilder,
} from 'typeorm';
import type { SealedEntities, SealedEntity } from '../model/sealed-entities.ts';

/** What the query builders of one data source share. */
export interface QueryContext {
  readonly codec: FieldCodec;
  readonly entities: SealedEntities;
  readonly ambient: () => Scope;
  /** Whether SQL text of the application may not name a sealed column. */
  readonly strict: boolean;
  /** The same query in a builder of ours. */
  sealedSelect(from: SelectQueryBuilder<ObjectLiteral>): SelectQueryBuilder<ObjectLiteral>;
  /** The self-check; runs once, on the connection that the query has. */
  ready(queryRunner: QueryRunner): Promise<void>;
}

const contexts = new WeakMap<DataSource, QueryContext>();

/** @throws nothing; `undefined` for a data source without Fieldseal. */
export function contextOf(dataSource: DataSource): QueryContext | undefined {
  return contexts.get(dataSource);
}

export function setContext(dataSource: DataSource, context: QueryContext): void {
  contexts.set(dataSource, context);
}

export function sealedEntity(
  dataSource: DataSource,
  metadata: EntityMetadata | undefined,
): SealedEntity | undefined {
  return metadata === undefined ? undefined : contexts.get(dataSource)?.entities.of(metadata);
}

/** The entity that a statement writes or reads, where it has sealed fields. */
export function mainEntity(builder: QueryBuilder<ObjectLiteral>): SealedEntity | undefined {
  const { mainAlias } = builder.expressionMap;
  return mainAlias?.hasMetadata === true
    ? sealedEntity(builder.dataSource, mainAlias.metadata)
    : undefined;
}
