import { readFileSync } from 'node:fs';
import { checkConstraintSql } from '@fieldseal/jobs';
import { testKeyring } from '@fieldseal/testing';
import { Encrypted, fieldseal, fieldsealOf, last4, unique } from '@fieldseal/typeorm';
import { Check, Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';

const GUIDE = readFileSync(new URL('../../docs/typeorm.md', import.meta.url), 'utf8');

/** As in docs/typeorm.md. */
@Entity('cards')
@Encrypted.defaults({ key: 'alias/cards' })
class Card {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Encrypted({
    normalize: 'digits',
    index: { numberToken: unique(), numberLast4: last4({ acceptLeakage: 'support' }) },
  })
  number!: string;
}

/** The same table, as an older version of the application had declared one more constraint. */
@Entity('cards')
@Encrypted.defaults({ key: 'alias/cards' })
@Check('sizes', 'length(label) < 9')
class Labelled extends Card {
  @Column({ type: 'text', nullable: true }) label!: string | null;
}

test('the constraint of the guide is the one that is made, refuses plaintext, and stays', async () => {
  const keyring = await testKeyring();
  const url = await (await startPostgres()).createDatabase();
  const source = (entity: typeof Card) =>
    fieldseal(new DataSource({ type: 'postgres', url, entities: [entity], synchronize: true }), {
      keyring,
    }).initialize();
  const before = await source(Labelled);
  await before.getRepository(Labelled).save({ number: '4111', label: 'old' });

  const [model] = fieldsealOf(before).manifest.models;
  const written = checkConstraintSql(model!, model!.fields[0]!);
  const [, shown] = /```sql\n(ALTER TABLE "cards"[\s\S]*?)\n```/.exec(GUIDE) ?? [];
  expect(written).toBe(shown);
  await before.query(written);
  const constraints = () =>
    before.query(`SELECT conname AS name, convalidated AS valid FROM pg_constraint
      WHERE contype = 'c' AND conrelid = 'cards'::regclass ORDER BY 1`);
  expect(await constraints()).toEqual([
    { name: 'fieldseal_cards_number', valid: true },
    { name: 'sizes', valid: true },
  ]);

  const insert = 'INSERT INTO cards (id, number, "numberToken", "numberLast4")';
  await expect(
    before.query(`${insert} VALUES (gen_random_uuid(), '4222', '\\x00', '\\x00')`),
  ).rejects.toThrow('fieldseal_cards_number');
  await expect(before.query('UPDATE cards SET "numberToken" = NULL')).rejects.toThrow();
  expect((await before.driver.createSchemaBuilder().log()).upQueries).toEqual([]);

  const after = await source(Card);
  expect(await constraints()).toEqual([{ name: 'fieldseal_cards_number', valid: true }]);
  await after.getRepository(Card).save({ number: '4333' });
  expect(await after.getRepository(Card).countBy({ number: '4333' })).toBe(1);
  await before.destroy();
  await after.destroy();
  await keyring.close();
});
