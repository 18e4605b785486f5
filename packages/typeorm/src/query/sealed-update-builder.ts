import {
  type Brackets,
  type ObjectLiteral,
  type SelectQueryBuilder,
  UpdateQueryBuilder,
  type UpdateResult,
} from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import type { WhereClause, WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import type { Parameter } from '../annotation/parameter.ts';
import type { ColumnMetadata, SealedEntity } from '../model/sealed-entities.ts';
import { buildCondition, type ConditionState, rewritten, stateOf } from './conditions.ts';
import { guardClause, guardCommonTables, guardConditions } from './guard-clause.ts';
import { setColumn } from './hidden-columns.ts';
import { locate } from './locate.ts';
import { contextOf, mainEntity } from './query-context.ts';
import { checkReturning } from './returning.ts';
import { rowParameters } from './row-parameters.ts';
import { scopeNative } from './scope-of.ts';
import { type StartSelect, selectAgain } from './select-again.ts';
import { refuseTable } from './table-without-entity.ts';
import { type UpdateRow, updateRow, withLocated } from './update-row.ts';
import { rowUnknown } from './written-fields.ts';

type Where = Parameters<UpdateQueryBuilder<ObjectLiteral>['where']>[0];

/**
 * The update builder of a data source with Fieldseal. Where the condition does not say which row is
 * hit, one query before the update reads it, and the update is held to that row.
 */
export class SealedUpdateBuilder extends UpdateQueryBuilder<ObjectLiteral> {
  /**
   * Condition objects that all have to hold; `undefined` once there is an alternative, as there can
   * be in what a select builder was given before it became this one.
   */
  #conditions: ObjectLiteral[] | undefined = this.expressionMap.wheres.length > 0 ? undefined : [];
  /** What the locate query found; for one execution. */
  #located: UpdateRow | undefined;
  /** The locate query found no row: nothing may be hit. */
  #isVoid = false;

  private get state(): ConditionState {
    return stateOf(this, this.parentQueryBuilder);
  }

  private get entity(): SealedEntity | undefined {
    return mainEntity(this);
  }

  // conditions

  override where(where: Where, parameters?: ObjectLiteral): this {
    this.#conditions = hasAlternative(where) ? undefined : conditionsOf(where);
    return super.where(where, parameters);
  }

  override andWhere(where: Where, parameters?: ObjectLiteral): this {
    if (hasAlternative(where)) this.#conditions = undefined;
    this.#conditions?.push(...conditionsOf(where));
    return super.andWhere(where, parameters);
  }

  override orWhere(where: Where, parameters?: ObjectLiteral): this {
    const isFirst = this.expressionMap.wheres.length === 0;
    this.#conditions = isFirst && !hasAlternative(where) ? conditionsOf(where) : undefined;
    return super.orWhere(where, parameters);
  }

  override select(...args: never[]): SelectQueryBuilder<ObjectLiteral> {
    return selectAgain((super.select as StartSelect).apply(this, args));
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

  /** The condition for one composite key is a bracket, which tells nothing by itself. */
  protected override getWhereInIdsCondition(ids: unknown): ObjectLiteral | Brackets {
    const condition = super.getWhereInIdsCondition(ids);
    const list: readonly unknown[] = Array.isArray(ids) ? ids : [ids];
    const [id] = list;
    if (list.length === 1 && typeof id === 'object' && id !== null)
      keysOfBrackets.set(condition, id);
    return condition;
  }

  // execution

  override async execute(): Promise<UpdateResult> {
    const { entity } = this;
    if (entity === undefined) return super.execute();
    const row = this.row(entity);
    const isKnown = row.missing.length === 0 && !(row.needsKey && row.key === undefined);
    if (isKnown && row.around.length === 0) return super.execute();
    const { wheres, parameters } = this.expressionMap;
    const asked = this.#conditions;
    try {
      // refuses criteria that come to nothing, which they no longer do with a guard beside them
      this.createWhereExpression();
      this.expressionMap.wheres = inBrackets(wheres);
      this.expressionMap.parameters = { ...parameters };
      this.guard(this.scopeGuards(row.around, row));
      if (!isKnown) await this.holdToRow(row);
      return await super.execute();
    } finally {
      Object.assign(this.expressionMap, { wheres, parameters });
      this.#conditions = asked;
      this.#located = undefined;
      this.#isVoid = false;
    }
  }

  /** Reads which row it is, and adds its key and scope to the condition of the update. */
  private async holdToRow(row: UpdateRow): Promise<void> {
    const { entity } = row;
    const located = await locate(
      {
        dataSource: this.dataSource,
        queryRunner: this.queryRunner,
        table: this.getTableName(this.getMainTableName()),
        where: () => this.createWhereExpression(),
        finish: (sql) => this.replacePropertyNamesForTheWholeQuery(sql),
        parameters: () => this.getParameters(),
        escape: (name) => this.escape(name),
      },
      row,
    );
    this.#isVoid = located.length === 0;
    this.#located = this.#isVoid ? row : withLocated(row, located);
    const guards: string[] = this.#isVoid ? ['1=0'] : [];
    const { key } = this.#located;
    for (const { column, name } of key === undefined ? [] : entity.keys) {
      guards.push(`${column.propertyPath} = ${this.createParameter(key?.[name])}`);
    }
    if (!this.#isVoid) guards.push(...this.scopeGuards(row.missing, this.#located));
    this.guard(guards);
  }

  private guard(guards: readonly string[]): void {
    for (const condition of guards) this.expressionMap.wheres.push({ type: 'and', condition });
  }

  /** A cell that is sealed for one owner may not get into the row of another one. */
  private scopeGuards(paths: readonly string[], { entity, scopes }: UpdateRow): readonly string[] {
    return paths.flatMap((path) => {
      const column = entity.column(path);
      const text = scopes.get(path);
      if (column === undefined || text === undefined) return [];
      return [`${column.propertyPath} = ${this.createParameter(scopeNative(column, text))}`];
    });
  }

  protected override createUpdateExpression(): string {
    if (this.entity === undefined) refuseTable(this, 'update');
    return super.createUpdateExpression();
  }

  /** The values as they are sent: parameters in the place of what is sealed, tokens beside them. */
  protected override getValueSet(): ObjectLiteral {
    const values = super.getValueSet();
    const { entity } = this;
    if (entity === undefined) return values;
    this.guardExpressions(values);
    const row = this.#located ?? this.row(entity);
    if (row.written.size === 0) return values;
    const copy = copyOf(values, row);
    for (const [column, parameter] of this.columnsOf(row)) {
      // TypeORM would make a value of the column's type out of the object
      const isOld = entity.oldOf.has(column) && parameter !== null;
      setColumn(column, copy, isOld ? () => this.createParameter(parameter) : parameter);
    }
    return copy;
  }

  protected override createReturningExpression(returningType: ReturningType): string {
    checkReturning(this);
    return super.createReturningExpression(returningType);
  }

  /** An expression on another column could copy a cell there. */
  private guardExpressions(values: ObjectLiteral): void {
    for (const column of this.expressionMap.mainAlias?.metadata.columns ?? []) {
      const value: unknown = column.getEntityValue(values);
      if (typeof value === 'function') guardClause(this, 'set', String(value()));
    }
  }

  private columnsOf(row: UpdateRow): ReadonlyMap<ColumnMetadata, Parameter | null> {
    const { entity, written, key, scopes } = row;
    // no row is hit, and without a row nothing could be sealed
    const values = this.#isVoid
      ? new Map([...written.keys()].map((each) => [each, null]))
      : written;
    if (!this.#isVoid && row.needsKey && key === undefined) {
      throw rowUnknown(entity, 'a row-bound value needs a condition that names its row');
    }
    return rowParameters({
      entity,
      operation: `${entity.model}.update`,
      written: values,
      key,
      scope: (path) => scopes.get(path),
    });
  }

  private row(entity: SealedEntity): UpdateRow {
    return updateRow({
      dataSource: this.dataSource,
      entity,
      values: super.getValueSet(),
      conditions: this.#conditions ?? [],
      ambient: contextOf(this.dataSource)?.ambient() ?? {},
    });
  }
}

/** The row that a bracket of TypeORM names. */
const keysOfBrackets = new WeakMap<object, object>();

/**
 * Whether text can hold an OR, or a comment that ends the statement. TypeORM joins text to what stands
 * beside it without brackets, so a key beside it need not be that of the row that is hit.
 */
function hasAlternative(where: unknown): boolean {
  if (typeof where === 'function') return true;
  return typeof where === 'string' && /\bor\b|--|\/\*/i.test(where);
}

/** What is added by AND has to hold whatever alternatives the application gave. */
function inBrackets(wheres: readonly WhereClause[]): WhereClause[] {
  const isJoined = ({ type, condition }: WhereClause): boolean =>
    type === 'or' || typeof condition === 'string';
  if (!wheres.some(isJoined)) return [...wheres];
  return [{ type: 'simple', condition: { operator: 'brackets', condition: [...wheres] } }];
}

function conditionsOf(where: unknown): ObjectLiteral[] {
  const key = typeof where === 'object' && where !== null ? keysOfBrackets.get(where) : undefined;
  if (key !== undefined) return [key];
  const isObject = typeof where === 'object' && where !== null && !('whereFactory' in where);
  if (!isObject) return [];
  if (!Array.isArray(where)) return [where];
  return where.length === 1 ? conditionsOf(where[0]) : [];
}

/** Deep enough that no embedded object of the application is changed. */
function copyOf(values: ObjectLiteral, { written }: UpdateRow): ObjectLiteral {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(values)), values) as ObjectLiteral;
  for (const { column } of written.keys()) {
    let of = copy;
    for (const name of column.propertyPath.split('.').slice(0, -1)) {
      of[name] = Object.assign(Object.create(Object.getPrototypeOf(of[name] ?? {})), of[name]);
      of = of[name] as ObjectLiteral;
    }
  }
  return copy;
}
