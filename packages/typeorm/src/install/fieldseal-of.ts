import { FieldsealError, type Manifest } from '@fieldseal/core';
import type { DataSource, EntityTarget } from 'typeorm';
import { requireContext } from './require-context.ts';

/** What the application can ask of a data source with Fieldseal. */
export interface FieldsealHelpers {
  /** The sealed fields of all entities: the same JSON that the Prisma generator writes. */
  readonly manifest: Manifest;
  /**
   * Runs the self-check now, instead of at the first use of a sealed field.
   * @throws `ERR_MANIFEST_MISMATCH`
   */
  ready(): Promise<void>;
  /**
   * Opens the sealed fields of rows that the application read by SQL of its own, in place. Rows
   * use property paths (`SELECT tenant_id AS "tenantId"`) and hold the primary key and the scope
   * columns that the cells are bound to; of a field with `from` also the old column, selected by
   * `oldColumnText` of the core, which is taken out.
   * @throws `ERR_CIPHERTEXT_REJECTED`, `ERR_FIELD_UNKNOWN`
   */
  openRows<R extends object>(
    target: EntityTarget<object>,
    rows: readonly R[],
  ): Promise<readonly R[]>;
}

/**
 * The helpers of a data source that `fieldseal()` was called for.
 *
 * @throws `ERR_NOT_WIRED` when it was not, or before `initialize()`
 *
 * @example
 * ```ts
 * import { fieldsealOf } from '@fieldseal/typeorm';
 *
 * await fieldsealOf(dataSource).ready();
 * const rows = await dataSource.query('SELECT id, number FROM cards');
 * await fieldsealOf(dataSource).openRows(Card, rows);
 * ```
 */
export function fieldsealOf(dataSource: DataSource): FieldsealHelpers {
  const { codec, entities, ready } = requireContext(dataSource);
  const check = async (): Promise<void> => {
    const queryRunner = dataSource.createQueryRunner('master');
    try {
      await ready(queryRunner);
    } finally {
      await queryRunner.release();
    }
  };
  return {
    manifest: entities.manifest,
    ready: check,
    async openRows(target, rows) {
      await check();
      const entity = entities.of(dataSource.getMetadata(target));
      if (entity === undefined) {
        throw new FieldsealError('ERR_FIELD_UNKNOWN', 'The entity has no sealed field');
      }
      const { model } = entity;
      const group = { model, rows: rows as Record<string, unknown>[] };
      await codec.open(`${model}.openRows`, [group]);
      for (const old of entity.oldOf.keys())
        for (const row of group.rows) delete row[old.propertyPath];
      return rows;
    },
  };
}
