import { DataSource, type DataSourceOptions, type EntityMetadata } from 'typeorm';
import { settleColumns } from '../annotation/settle-columns.ts';
import { readSealedEntities, type SealedEntities } from './sealed-entities.ts';

class OfflineDataSource extends DataSource {
  build(): Promise<void> {
    return this.buildMetadatas();
  }
}

type Entities = NonNullable<DataSourceOptions['entities']>;

/** A data source with its metadata, which needs no database. */
export async function buildOffline(entities: Entities): Promise<DataSource> {
  const dataSource = new OfflineDataSource({ type: 'postgres', entities });
  await dataSource.build();
  return dataSource;
}

export interface ReadSchema extends SealedEntities {
  metadata(name: string): EntityMetadata;
}

/** As `fieldseal` does it: settles the columns, has the metadata built and reads them. */
export async function readSchema(...entities: readonly unknown[]): Promise<ReadSchema> {
  settleColumns();
  const dataSource = await buildOffline(entities as Entities);
  const metadata = (name: string) => dataSource.entityMetadatas.find((each) => each.name === name)!;
  return { ...readSealedEntities(dataSource), metadata };
}
