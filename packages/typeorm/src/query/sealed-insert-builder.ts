import { InsertQueryBuilder, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import type { WhereClause } from 'typeorm/query-builder/WhereClause.js';
import type { ColumnMetadata, SealedEntity } from '../model/sealed-entities.ts';
import { rewritten, stateOf } from './conditions.ts';
import { checkConflict } from './conflict.ts';
import { guardClause, guardCommonTables, guardConditions } from './guard-clause.ts';
import { type InsertColumns, insertColumns } from './insert-row.ts';
import { contextOf, mainEntity } from './query-context.ts';
import { refusal } from './refusal.ts';
import { checkReturning } from './returning.ts';
import { type StartSelect, selectAgain } from './select-again.ts';
import { refuseTable } from './table-without-entity.ts';

/** TypeORM's own text for `skipUpdateIfNoValuesChanged`; a new cell always differs. */
const IS_CHANGED = /^[\p{L}\p{N}_$".]+ IS DISTINCT FROM EXCLUDED\."[^"]+"$/u;

/** The insert builder of a data source with Fieldseal. */
export class SealedInsertBuilder extends InsertQueryBuilder<ObjectLiteral> {
  /** By position of the row; for one building of the statement. */
  #rows: InsertColumns[] = [];

  private get entity(): SealedEntity | undefined {
    return mainEntity(this);
  }

  override select(...args: never[]): SelectQueryBuilder<ObjectLiteral> {
    return selectAgain((super.select as StartSelect).apply(this, args));
  }

  protected override createInsertExpression(): string {
    this.#rows = [];
    const { entity } = this;
    const { onUpdate, insertFromSelect } = this.expressionMap;
    if (insertFromSelect !== undefined) guardClause(this, 'select', insertFromSelect.getQuery());
    if (entity === undefined) {
      refuseTable(this, 'insert');
      return super.createInsertExpression();
    }
    if (onUpdate?.indexPredicate !== undefined)
      guardClause(this, 'on conflict', onUpdate.indexPredicate);
    const codec = contextOf(this.dataSource)?.codec;
    if (onUpdate !== undefined && codec !== undefined)
      this.expressionMap.onUpdate = checkConflict(entity, onUpdate, codec);
    if (insertFromSelect !== undefined) this.checkSelect(entity);
    return super.createInsertExpression();
  }

  /** Conditions of `ON CONFLICT DO UPDATE ... WHERE`. */
  protected override *getPredicates(where: ObjectLiteral): Generator<unknown[], void, unknown> {
    yield* super.getPredicates(rewritten(this, stateOf(this), where));
  }

  protected override createWhereClausesExpression(clauses: WhereClause[]): string {
    const isOwn = ({ condition }: WhereClause): boolean =>
      typeof condition === 'string' && IS_CHANGED.test(condition);
    guardConditions(
      this,
      clauses.filter((clause) => !isOwn(clause)),
    );
    return super.createWhereClausesExpression(clauses);
  }

  protected override createCteExpression(): string {
    guardCommonTables(this);
    return super.createCteExpression();
  }

  /** A row's tokens, made id and ambient tenant are written with its sealed fields. */
  protected override getInsertedColumns(): ColumnMetadata[] {
    const columns = super.getInsertedColumns();
    const { entity } = this;
    if (entity === undefined || this.expressionMap.insertColumns.length === 0) return columns;
    return [...new Set([...columns, ...columns.flatMap((column) => writtenWith(entity, column))])];
  }

  protected override createColumnValueExpression(
    valueSets: ObjectLiteral[],
    valueSetIndex: number,
    column: ColumnMetadata,
  ): string {
    const value = this.rowAt(valueSets, valueSetIndex)?.get(column);
    if (value !== undefined) return this.createParameter(value);
    const given: unknown = column.getEntityValue(valueSets[valueSetIndex] ?? {});
    if (typeof given === 'function') guardClause(this, 'set', String(given()));
    return super.createColumnValueExpression(valueSets, valueSetIndex, column);
  }

  protected override createReturningExpression(returningType: ReturningType): string {
    checkReturning(this);
    return super.createReturningExpression(returningType);
  }

  private rowAt(valueSets: ObjectLiteral[], position: number): InsertColumns | undefined {
    const context = contextOf(this.dataSource);
    const { entity } = this;
    if (context === undefined || entity === undefined) return undefined;
    const known = this.#rows[position];
    if (known !== undefined) return known;
    const row = insertColumns(this.dataSource, context, entity, valueSets[position] ?? {});
    this.#rows[position] = row;
    return row;
  }

  /** Cells of other rows would be copied, without tokens. */
  private checkSelect(entity: SealedEntity): void {
    for (const column of super.getInsertedColumns()) {
      const sealed = entity.sealed.get(column) ?? entity.tokenOf.get(column)?.sealed;
      if (sealed === undefined) continue;
      const place = {
        model: entity.model,
        field: sealed.field.name,
        operator: 'insert from select',
      };
      throw refusal(place, 'name the columns to insert, without sealed ones');
    }
  }
}

/** The columns that are written with a sealed one. */
function writtenWith(entity: SealedEntity, column: ColumnMetadata): readonly ColumnMetadata[] {
  const sealed = entity.sealed.get(column);
  if (sealed === undefined) return [];
  const { scope, subject } = sealed.field;
  return [
    ...sealed.tokens.map((token) => token.column),
    ...(sealed.old === undefined ? [] : [sealed.old]),
    ...entity.keys.filter((key) => key.generatesUuid).map((key) => key.column),
    ...[scope, subject].flatMap((path) => (path === undefined ? [] : (entity.column(path) ?? []))),
  ];
}
