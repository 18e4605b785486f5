import { DeleteQueryBuilder, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import { SoftDeleteQueryBuilder } from 'typeorm/query-builder/SoftDeleteQueryBuilder.js';
import type { WhereClause, WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { buildCondition, rewritten, stateOf } from './conditions.ts';
import { guardCommonTables, guardConditions } from './guard-clause.ts';
import { checkReturning } from './returning.ts';
import { type StartSelect, selectAgain } from './select-again.ts';

/** The delete builder of a data source with Fieldseal: its conditions go to token columns. */
export class SealedDeleteBuilder extends DeleteQueryBuilder<ObjectLiteral> {
  override select(...args: never[]): SelectQueryBuilder<ObjectLiteral> {
    return selectAgain((super.select as StartSelect).apply(this, args));
  }

  protected override *getPredicates(where: ObjectLiteral): Generator<unknown[], void, unknown> {
    const state = stateOf(this, this.parentQueryBuilder);
    yield* super.getPredicates(rewritten(this, state, where));
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    const state = stateOf(this, this.parentQueryBuilder);
    return buildCondition(state, where, () => super.getWhereCondition(where));
  }

  protected override createWhereClausesExpression(clauses: WhereClause[]): string {
    guardConditions(this, clauses);
    return super.createWhereClausesExpression(clauses);
  }

  protected override createCteExpression(): string {
    guardCommonTables(this);
    return super.createCteExpression();
  }

  protected override createReturningExpression(returningType: ReturningType): string {
    checkReturning(this);
    return super.createReturningExpression(returningType);
  }
}

/** The same for soft deletes and for restoring. */
export class SealedSoftDeleteBuilder extends SoftDeleteQueryBuilder<ObjectLiteral> {
  override select(...args: never[]): SelectQueryBuilder<ObjectLiteral> {
    return selectAgain((super.select as StartSelect).apply(this, args));
  }

  protected override *getPredicates(where: ObjectLiteral): Generator<unknown[], void, unknown> {
    const state = stateOf(this, this.parentQueryBuilder);
    yield* super.getPredicates(rewritten(this, state, where));
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    const state = stateOf(this, this.parentQueryBuilder);
    return buildCondition(state, where, () => super.getWhereCondition(where));
  }

  protected override createWhereClausesExpression(clauses: WhereClause[]): string {
    guardConditions(this, clauses);
    return super.createWhereClausesExpression(clauses);
  }

  protected override createCteExpression(): string {
    guardCommonTables(this);
    return super.createCteExpression();
  }

  protected override createReturningExpression(returningType: ReturningType): string {
    checkReturning(this);
    return super.createReturningExpression(returningType);
  }
}
