import { withScope } from '@fieldseal/core';
import { Encrypted, equality } from '@fieldseal/typeorm';
import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  Not,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  type Repository,
} from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';

@Entity('owner')
class Owner {
  @PrimaryColumn('text') id!: string;
}

@Entity('letter')
@Encrypted.defaults({ key: 'alias/kyc', scope: 'ownerId' })
class Letter {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @ManyToOne(() => Owner) @JoinColumn({ name: 'ownerId' }) owner!: Relation<Owner>;
  @Column('text') ownerId!: string;
  @Encrypted({ index: { textToken: equality() } }) text!: string;
}

/** Its tenant is written once. */
@Entity('deed')
@Encrypted.defaults({ key: 'alias/kyc', scope: 'ownerId' })
class Deed {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', update: false }) ownerId!: string;
  @Encrypted() text!: string;
}

let application: Application;
let letters: Repository<Letter>;

beforeAll(async () => {
  application = await openApplication({ entities: [Owner, Letter, Deed] });
  await application.db.getRepository(Owner).save([{ id: 'a' }, { id: 'b' }]);
  letters = application.db.getRepository(Letter);
}, 60_000);

afterAll(() => application.close());

test('a scope that an expression sets is refused, and the row can be read', async () => {
  const { id } = await letters.save({ ownerId: 'a', text: 'first letter' });
  const moved = { ownerId: () => "'b'", text: 'moved letter' };
  await expect(letters.update(id, moved)).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
  const inScope = () => letters.update({ id, ownerId: 'a' }, moved);
  await expect(withScope({ tenant: 'a' }, inScope)).rejects.toMatchObject({
    code: 'ERR_SCOPE_CHANGE',
  });
  expect((await letters.findOneByOrFail({ id })).text).toBe('first letter');
});

test('a scope that is a relation is not changed behind the cells', async () => {
  const { id } = await letters.save({ ownerId: 'a', text: 'owned letter' });
  const relation = application.db.createQueryBuilder().relation(Letter, 'owner').of(id);
  await expect(relation.set('b')).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
  const letter = await letters.findOneByOrFail({ id });
  expect(letter.text).toBe('owned letter');
  expect((await relation.loadOne<Owner>())?.id).toBe('a');
  letter.owner = { id: 'b' };
  await expect(letters.save(letter)).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
});

test('a scope that is written once is that of the row, whatever an update names', async () => {
  const deeds = application.db.getRepository(Deed);
  const { id } = await deeds.save({ ownerId: 'a', text: 'first deed' });
  await deeds.update(id, { ownerId: 'b', text: 'second deed' });
  expect(await deeds.findOneByOrFail({ id })).toEqual({ id, ownerId: 'a', text: 'second deed' });
  await deeds.save({ id, ownerId: 'b', text: 'third deed' });
  expect(await deeds.findOneByOrFail({ id })).toEqual({ id, ownerId: 'a', text: 'third deed' });
});

test('a condition that was built in one scope is not sent in another one', async () => {
  await letters.save({ ownerId: 'a', text: 'scoped letter' });
  const build = async () => ({
    builder: letters.createQueryBuilder('l').where({ text: Not('scoped letter') }),
  });
  const { builder } = await withScope({ tenant: 'a' }, build);
  await expect(withScope({ tenant: 'b' }, () => builder.getCount())).rejects.toMatchObject({
    code: 'ERR_SCOPE_CHANGE',
  });
});
