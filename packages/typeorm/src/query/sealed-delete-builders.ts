import { DeleteQueryBuilder, type ObjectLiteral } from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import { SoftDeleteQueryBuilder } from 'typeorm/query-builder/SoftDeleteQueryBuilder.js';
import type { WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { buildCondition, rewritten, stateOf } from './conditions.ts';
import { checkReturning } from './returning.ts';

/** The delete builder of a data source with Fieldseal: its conditions go to token columns. */
export class SealedDeleteBuilder extends DeleteQueryBuilder<ObjectLiteral> {
  protected override *getPredicates(where: ObjectLiteral): Generator<unknown[], void, unknown> {
    const state = stateOf(this, this.parentQueryBuilder);
    yield* super.getPredicates(rewritten(this, state, where));
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    const state = stateOf(this, this.parentQueryBuilder);
    return buildCondition(this, state, where, () => super.getWhereCondition(where));
  }

  protected override createReturningExpression(returningType: ReturningType): string {
    checkReturning(this);
    return super.createReturningExpression(returningType);
  }
}

/** The same for soft deletes and for restoring. */
export class SealedSoftDeleteBuilder extends SoftDeleteQueryBuilder<ObjectLiteral> {
  protected override *getPredicates(where: ObjectLiteral): Generator<unknown[], void, unknown> {
    const state = stateOf(this, this.parentQueryBuilder);
    yield* super.getPredicates(rewritten(this, state, where));
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    const state = stateOf(this, this.parentQueryBuilder);
    return buildCondition(this, state, where, () => super.getWhereCondition(where));
  }

  protected override createReturningExpression(returningType: ReturningType): string {
    checkReturning(this);
    return super.createReturningExpression(returningType);
  }
}
