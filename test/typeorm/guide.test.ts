/** What docs/typeorm.md says and no other test of this folder shows. */
import { testKeyring } from '@fieldseal/testing';
import { Encrypted, equality, fieldseal, first6 } from '@fieldseal/typeorm';
import { Column, DataSource, Entity, Like, PrimaryGeneratedColumn } from 'typeorm';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';

const newUrl = async () => (await startPostgres()).createDatabase();

@Entity('issuer_card')
class IssuerCard {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Encrypted({
    key: 'alias/kyc',
    index: { numberToken: equality(), issuer: first6({ acceptLeakage: 'routing' }) },
  })
  number!: string;
}

test('an entity with both decorators needs fieldseal() before initialize()', async () => {
  // settled for the process by the next data source with fieldseal(), so of this test alone
  @Entity('stacked')
  class Stacked {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @Column('text')
    @Encrypted({ key: 'alias/kyc' })
    name!: string;
  }
  const keyring = await testKeyring();
  const url = await newUrl();
  const late = await new DataSource({ type: 'postgres', url, entities: [Stacked] }).initialize();
  expect(() => fieldseal(late, { keyring })).toThrow(
    expect.objectContaining({ code: 'ERR_NOT_WIRED' }),
  );
  await late.destroy();
  await keyring.close();
});

test('the first six characters are found by Like', async () => {
  const keyring = await testKeyring();
  const url = await newUrl();
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: [IssuerCard],
    synchronize: true,
  });
  const db = await fieldseal(dataSource, { keyring }).initialize();
  const cards = db.getRepository(IssuerCard);
  await cards.save([{ number: '4111111111111111' }, { number: '5222222222222222' }]);
  expect(await cards.countBy({ number: Like('411111%') })).toBe(1);
  await db.destroy();
  await keyring.close();
});

test('a text column that becomes sealed stays, and its plaintext is refused when read', async () => {
  @Entity('opened')
  class Opened {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @Encrypted({ key: 'alias/kyc' }) name!: string;
  }
  const keyring = await testKeyring();
  const url = await newUrl();
  const db = await fieldseal(new DataSource({ type: 'postgres', url, entities: [Opened] }), {
    keyring,
  }).initialize();
  await db.query(`CREATE TABLE opened (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL)`);
  await db.query(`INSERT INTO opened (name) VALUES ('in the open')`);
  const { upQueries } = await db.driver.createSchemaBuilder().log();
  expect(upQueries.filter(({ query }) => query.includes('DROP COLUMN'))).toEqual([]);
  await expect(db.getRepository(Opened).find()).rejects.toMatchObject({
    code: 'ERR_CIPHERTEXT_REJECTED',
  });
  expect(await db.query('SELECT name FROM opened')).toEqual([{ name: 'in the open' }]);
  await db.destroy();
  await keyring.close();
});
