import { FieldsealError } from '@fieldseal/core';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from '../model/sealed-entities.ts';
import { contextOf } from '../query/query-context.ts';
import { keepConstraints } from './keep-constraints.ts';

interface SchemaBuilder {
  build(): Promise<void>;
  log(): Promise<unknown>;
}

const COLUMNS = `
SELECT c.table_schema::text AS "schema", c.table_name::text AS "table",
       c.column_name::text AS "column", c.udt_name::text AS "type",
       c.character_maximum_length::int AS "maxLength"
  FROM information_schema.columns c
 WHERE c.table_name = ANY ($1) AND c.table_schema = coalesce($2, current_schema())`;

interface ColumnRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly maxLength: number | null;
}

/**
 * TypeORM changes the type of a column by dropping it and adding it again, with all that is in it.
 * For sealed and token columns `synchronize` and `migration:generate` refuse that. They leave the
 * constraints alone that refuse plaintext.
 */
export function guardSchema(dataSource: DataSource): void {
  const { driver } = dataSource;
  const create = driver.createSchemaBuilder.bind(driver);
  Object.assign(driver, {
    createSchemaBuilder(): SchemaBuilder {
      const builder = create() as unknown as SchemaBuilder;
      keepConstraints(builder);
      for (const name of ['build', 'log'] as const) {
        const run = builder[name].bind(builder) as () => Promise<unknown>;
        Object.assign(builder, {
          async [name]() {
            await refuseLoss(dataSource);
            return run();
          },
        });
      }
      return builder;
    },
  });
}

/** @throws `ERR_MANIFEST_MISMATCH` naming table and column, with the way that keeps the data */
async function refuseLoss(dataSource: DataSource): Promise<void> {
  const context = contextOf(dataSource);
  if (context === undefined) return;
  for (const metadata of dataSource.entityMetadatas) {
    const entity = metadata.tableType === 'view' ? undefined : context.entities.of(metadata);
    if (entity === undefined) continue;
    const rows = (await dataSource.query(COLUMNS, [
      [metadata.tableName],
      metadata.schema ?? null,
    ])) as readonly ColumnRow[];
    for (const column of [...entity.sealed.keys(), ...entity.tokenOf.keys()]) {
      const found = rows.find((row) => row.column === column.databaseName);
      if (found !== undefined) checkColumn(metadata, column, found);
    }
  }
}

const UDT: Readonly<Record<string, string>> = {
  text: 'text',
  varchar: 'varchar',
  'character varying': 'varchar',
  bytea: 'bytea',
};

function checkColumn(metadata: EntityMetadata, column: ColumnMetadata, found: ColumnRow): void {
  const type = UDT[String(column.type)] ?? String(column.type);
  const length = column.length === '' ? null : Number(column.length);
  if (found.type === type && found.maxLength === length) return;
  const { tableName: table } = metadata;
  const has = `${found.type}${found.maxLength === null ? '' : `(${found.maxLength})`}`;
  throw new FieldsealError(
    'ERR_MANIFEST_MISMATCH',
    `${table}.${column.databaseName} is ${has} in the database: TypeORM would drop the column and what is in it. Keep the column as an old one (from), give the cells a new column of type ${type}, and let "fieldseal migration" write the migrations`,
    { model: metadata.name, table, column: column.databaseName },
  );
}
