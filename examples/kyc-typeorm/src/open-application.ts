import { fieldseal } from '@fieldseal/typeorm';
import { type KycApplication, openExampleKeyring } from '@fieldseal-examples/kyc-story';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Card, Customer, Document, Tenant } from './entities.ts';
import { queries } from './queries.ts';
import { seed } from './seed.ts';

/** The one line that an application adds to its data source. */
function createDataSource(url: string, keyring: KycApplication['keyring']): DataSource {
  return fieldseal(
    new DataSource({
      type: 'postgres',
      url,
      entities: [Tenant, Customer, Card, Document],
      // as an example may; an application has migrations
      synchronize: true,
    }),
    { keyring },
  );
}

/** Everything that the application needs, on an empty database. */
export async function openApplication(url: string): Promise<KycApplication> {
  const { keyring, close } = await openExampleKeyring(url);
  const dataSource = await createDataSource(url, keyring).initialize();
  const pool = new pg.Pool({ connectionString: url });
  return {
    keyring,
    pool,
    seed: (people) => seed(dataSource, people),
    ...queries(dataSource),
    async close() {
      await dataSource.destroy();
      await close();
      await pool.end();
    },
  };
}
