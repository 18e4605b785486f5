import {
  type EntityMetadata,
  type ObjectLiteral,
  type OrderByCondition,
  type QueryRunner,
  SelectQueryBuilder,
} from 'typeorm';
import { DriverUtils } from 'typeorm/driver/DriverUtils.js';
import type { SelectQuery } from 'typeorm/query-builder/SelectQuery.js';
import type { WhereClause, WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import type { SealedEntity } from '../model/sealed-entities.ts';
import { bindQuery } from './bind-query.ts';
import {
  buildCondition,
  type ConditionState,
  copyState,
  remember,
  rewritten,
  stateOf,
} from './conditions.ts';
import { guardClause, guardCommonTables, guardConditions, guardQuery } from './guard-clause.ts';
import { finishRawRows, openRawRows, type RawRow } from './open-raw-rows.ts';
import { openStream } from './open-stream.ts';
import { contextOf, mainEntity, sealedEntity } from './query-context.ts';
import { refusal } from './refusal.ts';
import { rewriteWhere } from './rewrite-where.ts';
import { SealedDeleteBuilder, SealedSoftDeleteBuilder } from './sealed-delete-builders.ts';
import { SealedInsertBuilder } from './sealed-insert-builder.ts';
import { SealedRelationBuilder } from './sealed-relation-builder.ts';
import { planSelection, type SealedSelection } from './sealed-selection.ts';
import { SealedUpdateBuilder } from './sealed-update-builder.ts';

/**
 * The select builder of a data source with Fieldseal: conditions go to token columns, and every
 * result is opened where TypeORM has its raw rows in hand. Only protected hooks are overridden.
 */
export class SealedSelectBuilder extends SelectQueryBuilder<ObjectLiteral> {
  /** What the statement that was built last selects. */
  #selections: SealedSelection[] = [];

  private get state(): ConditionState {
    return stateOf(this, this.parentQueryBuilder);
  }

  override clone(): this {
    const copy = super.clone();
    // not carried by TypeORM's clone, which pagination uses for its second query
    copy.expressionMap.queryEntity = this.expressionMap.queryEntity;
    copyState(this, copy);
    return copy;
  }

  // writes, which start from a select builder

  override insert(): SealedInsertBuilder {
    super.insert();
    return new SealedInsertBuilder(this);
  }

  override update(...args: never[]): SealedUpdateBuilder {
    (super.update as (...all: unknown[]) => unknown).apply(this, args);
    return new SealedUpdateBuilder(this);
  }

  override delete(): SealedDeleteBuilder {
    super.delete();
    return new SealedDeleteBuilder(this);
  }

  override softDelete(): SealedSoftDeleteBuilder {
    super.softDelete();
    return new SealedSoftDeleteBuilder(this);
  }

  override restore(): SealedSoftDeleteBuilder {
    super.restore();
    return new SealedSoftDeleteBuilder(this);
  }

  override relation(...args: never[]): SealedRelationBuilder {
    (super.relation as (...all: unknown[]) => unknown).apply(this, args);
    return new SealedRelationBuilder(this);
  }

  // conditions

  protected override buildWhere(
    where: ObjectLiteral | ObjectLiteral[],
    metadata: EntityMetadata,
    alias: string,
    embedPrefix?: string,
  ): string {
    const context = contextOf(this.dataSource);
    // of embedded objects the conditions were rewritten with those of their entity
    const isDone = embedPrefix !== undefined || Array.isArray(where) || context === undefined;
    if (isDone) return super.buildWhere(where, metadata, alias, embedPrefix);
    const looked = (named: string | undefined, index: string): void => {
      remember(this.state, named ?? alias, index);
    };
    const rewrite = { context, isNegated: false, followsRelations: false, looked };
    return super.buildWhere(rewriteWhere(rewrite, where, metadata), metadata, alias);
  }

  protected override *getPredicates(where: ObjectLiteral): Generator<unknown[], void, unknown> {
    yield* super.getPredicates(rewritten(this, this.state, where));
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    return buildCondition(this.state, where, () => super.getWhereCondition(where));
  }

  protected override createWhereClausesExpression(clauses: WhereClause[]): string {
    guardConditions(this, clauses);
    return super.createWhereClausesExpression(clauses);
  }

  protected override createCteExpression(): string {
    guardCommonTables(this);
    return super.createCteExpression();
  }

  protected override createJoinExpression(): string {
    for (const { condition } of this.expressionMap.joinAttributes) {
      if (condition !== undefined) guardClause(this, 'join', condition);
    }
    return super.createJoinExpression();
  }

  // what is selected

  protected override createSelectExpression(): string {
    this.#selections = [];
    const sql = super.createSelectExpression();
    this.checkSelectedText();
    return sql;
  }

  protected override buildEscapedEntityColumnSelects(
    aliasName: string,
    metadata: EntityMetadata,
  ): SelectQuery[] {
    const items = super.buildEscapedEntityColumnSelects(aliasName, metadata);
    const entity = sealedEntity(this.dataSource, metadata);
    if (entity === undefined || items.length === 0) return items;
    const { queryEntity } = this.expressionMap;
    const { driver } = this.dataSource;
    const planned = planSelection({
      entity,
      items,
      looked: this.state.looked.get(aliasName) ?? new Set(),
      selection: (column) => `${this.escape(aliasName)}.${this.escape(column.databaseName)}`,
      alias: ({ databaseName }) => {
        const name = DriverUtils.buildAlias(driver, undefined, aliasName, databaseName);
        return queryEntity ? name : DriverUtils.buildAlias(driver, undefined, 'fieldseal', name);
      },
    });
    if (planned === undefined) return items;
    this.checkSelection(entity, planned.selection);
    this.#selections.push(planned.selection);
    return [...planned.items];
  }

  /** A cell that leaves the statement as a value of something else could not be opened. */
  private checkSelection(entity: SealedEntity, { fields }: SealedSelection): void {
    const { subQuery, queryEntity, groupBys, selectDistinct, selectDistinctOn } =
      this.expressionMap;
    const isGrouped = groupBys.length > 0 || selectDistinct || selectDistinctOn.length > 0;
    const [first] = fields;
    if (first === undefined || (!subQuery && (queryEntity || !isGrouped))) return;
    const place = { model: entity.model, field: first.sealed.field.name };
    const [operator, why] = subQuery
      ? ['subquery', 'select only columns that are not sealed in a subquery']
      : ['group by', 'a raw result that is grouped or distinct cannot hold sealed columns'];
    throw refusal({ ...place, operator }, why);
  }

  private checkSelectedText(): void {
    const { selects, aliases, selectDistinctOn } = this.expressionMap;
    const columns = new Set<string>();
    for (const alias of aliases) {
      if (alias.subQuery !== undefined) guardQuery(this, 'from', alias.subQuery);
      if (!alias.hasMetadata) continue;
      columns.add(alias.name);
      const olds = sealedEntity(this.dataSource, alias.metadata)?.oldOf;
      for (const column of alias.metadata.columns) {
        if (olds?.has(column) !== true) columns.add(`${alias.name}.${column.propertyPath}`);
      }
    }
    for (const { selection } of selects) {
      if (!columns.has(selection)) guardClause(this, 'select', selection);
    }
    for (const text of selectDistinctOn) this.guardOutput('distinct on', text);
  }

  /** Text that may also name what is selected, by its name in the result or by its place. */
  private guardOutput(clause: string, text: string): void {
    guardClause(this, clause, text);
    const name = text.trim().replace(/^"(.*)"$/, '$1');
    const isPlace = /^\d+$/.test(name);
    for (const { entity, fields } of this.#selections) {
      const found = fields.find(({ keys }) => isPlace || keys.includes(name));
      if (found === undefined) continue;
      const place = { model: entity.model, field: found.sealed.field.name, operator: clause };
      throw refusal(place, 'cells have no order, and no two of them are equal');
    }
  }

  protected override createOrderByExpression(): string {
    this.guardOrder();
    return super.createOrderByExpression();
  }

  /** By page, TypeORM orders the keys of a page first. */
  protected override createOrderByCombinedWithSelectExpression(
    parentAlias: string,
  ): [string, OrderByCondition] {
    this.guardOrder();
    return super.createOrderByCombinedWithSelectExpression(parentAlias);
  }

  private guardOrder(): void {
    for (const text of Object.keys(this.expressionMap.allOrderBys)) {
      this.guardOutput('order by', text);
    }
  }

  protected override createGroupByExpression(): string {
    for (const text of this.expressionMap.groupBys) guardClause(this, 'group by', text);
    return super.createGroupByExpression();
  }

  protected override createHavingExpression(): string {
    for (const { condition } of this.expressionMap.havings) {
      if (typeof condition === 'string') guardClause(this, 'having', condition);
    }
    return super.createHavingExpression();
  }

  /** TypeORM counts distinct combinations of the selected columns; no two cells are equal. */
  protected override async executeCountQuery(queryRunner: QueryRunner): Promise<number> {
    const { mainAlias, selects } = this.expressionMap;
    const entity = mainEntity(this);
    if (entity !== undefined && mainAlias !== undefined && this.findOptions.select !== undefined) {
      const names = new Set(selects.map(({ selection }) => selection));
      const isSelected = (path: string): boolean => names.has(`${mainAlias.name}.${path}`);
      const keys = mainAlias.metadata.primaryColumns;
      const sealed = [...entity.byPath.keys()].find(isSelected);
      if (sealed !== undefined && !keys.every(({ propertyPath }) => isSelected(propertyPath))) {
        const place = { model: entity.model, field: sealed, operator: 'count' };
        throw refusal(place, 'select the primary key too, or count without select');
      }
    }
    return super.executeCountQuery(queryRunner);
  }

  // results

  protected override async executeEntitiesAndRawResults(
    queryRunner: QueryRunner,
  ): Promise<{ entities: ObjectLiteral[]; raw: RawRow[] }> {
    await this.bindForCache(queryRunner);
    return super.executeEntitiesAndRawResults(queryRunner);
  }

  protected override async loadRawResults(queryRunner: QueryRunner): Promise<RawRow[]> {
    await this.bindForCache(queryRunner);
    const rows = (await super.loadRawResults(queryRunner)) as RawRow[];
    const selections = this.#selections;
    const context = contextOf(this.dataSource);
    if (context === undefined || selections.length === 0) return rows;
    await context.ready(queryRunner);
    await openRawRows(context.codec, selections, rows);
    if (!this.expressionMap.queryEntity) finishRawRows(selections, rows);
    return rows;
  }

  override async getRawAndEntities<T = unknown>(): Promise<{
    entities: ObjectLiteral[];
    raw: T[];
  }> {
    const result = await super.getRawAndEntities<T>();
    finishRawRows(this.#selections, result.raw as RawRow[]);
    return result;
  }

  override async stream(): ReturnType<SelectQueryBuilder<ObjectLiteral>['stream']> {
    const { queryRunner } = this;
    if (queryRunner === undefined) return this.streamAlone();
    return openStream({
      builder: this,
      queryRunner,
      start: () => super.stream(),
      selections: () => this.#selections,
    });
  }

  /** TypeORM gives a connection back when a stream has ended, but not when its reader has left. */
  private async streamAlone(): ReturnType<SelectQueryBuilder<ObjectLiteral>['stream']> {
    const queryRunner = this.dataSource.createQueryRunner('slave');
    try {
      const stream = await this.clone().setQueryRunner(queryRunner).stream();
      stream.once('close', () => void queryRunner.release());
      return stream;
    } catch (error) {
      await queryRunner.release();
      throw error;
    }
  }

  /** The cache finds a result by its parameters, so lookups have to be known before it is asked. */
  private async bindForCache(queryRunner: QueryRunner): Promise<void> {
    if (this.dataSource.queryResultCache === undefined) return;
    await bindQuery(this.dataSource, queryRunner, Object.values(this.expressionMap.parameters));
  }
}
