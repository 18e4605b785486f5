import { type ObjectLiteral, type QueryRunner, RelationQueryBuilder } from 'typeorm';

/**
 * The builder that sets, adds and removes relations. It updates foreign keys, which can say whose the
 * data is, so its updates go through the builders of a data source with Fieldseal too.
 */
export class SealedRelationBuilder extends RelationQueryBuilder<ObjectLiteral> {
  override createQueryBuilder(queryRunner?: QueryRunner): never {
    return this.dataSource.createQueryBuilder(queryRunner ?? this.queryRunner) as never;
  }
}
