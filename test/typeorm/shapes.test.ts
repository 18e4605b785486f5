import { Encrypted, equality } from '@fieldseal/typeorm';
import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Tree,
  TreeChildren,
  TreeParent,
} from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, expectNoPlaintext, openApplication } from './application.ts';

const KEY = 'alias/kyc';

@Entity('alpha')
class Alpha {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Encrypted({ key: KEY, index: { codeToken: equality() } }) code!: string;
}

/** A table of its own, with the columns of the other one. */
@Entity('beta')
class Beta extends Alpha {
  @Encrypted({ key: KEY, nullable: true }) more!: string | null;
}

@Entity('step')
@Tree('materialized-path')
class Step {
  @PrimaryGeneratedColumn() id!: number;
  @Encrypted({ key: KEY, index: { secretToken: equality() } }) secret!: string;
  @TreeChildren({ cascade: true }) children!: Step[];
  @TreeParent() parent!: Step | null;
}

@Entity('org')
class Org {
  @PrimaryColumn('text') id!: string;
  @OneToMany(
    () => Doc,
    (doc) => doc.org,
    { cascade: true },
  )
  docs!: Relation<Doc>[];
}

@Entity('doc')
@Encrypted.defaults({ key: KEY, scope: 'orgId' })
class Doc {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @ManyToOne(
    () => Org,
    (org) => org.docs,
  )
  @JoinColumn({ name: 'orgId' })
  org!: Relation<Org>;
  @Column('text') orgId!: string;
  @Encrypted({ index: { titleToken: equality() } }) title!: string;
}

let application: Application;

beforeAll(async () => {
  application = await openApplication({ entities: [Alpha, Beta, Step, Org, Doc] });
}, 60_000);

afterAll(async () => {
  await expectNoPlaintext(application, ['shared code', 'first step', 'moved title', 'born title']);
  await application.close();
}, 120_000);

test('concrete inheritance seals each table for itself', async () => {
  const { db, sql } = application;
  const [alphas, betas] = [db.getRepository(Alpha), db.getRepository(Beta)];
  await alphas.save({ code: 'shared code' });
  const { id } = await betas.save({ code: 'shared code', more: 'only here' });
  expect(await alphas.countBy({ code: 'shared code' })).toBe(1);
  expect(await betas.findBy({ code: 'shared code' })).toEqual([
    { id, code: 'shared code', more: 'only here' },
  ]);
  const { rows } = await sql.query(
    'SELECT a."codeToken" = b."codeToken" AS same FROM alpha a CROSS JOIN beta b',
  );
  expect(rows).toEqual([{ same: false }]);
  await sql.query('UPDATE beta SET code = (SELECT code FROM alpha)');
  await expect(betas.find()).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
});

test('a tree of paths is found, opened and moved', async () => {
  const steps = application.db.getTreeRepository(Step);
  const root = await steps.save({ secret: 'first step' });
  const child = await steps.save({ secret: 'second step', parent: root as Step });
  await steps.save({ secret: 'third step', parent: child as Step });
  const last = await steps.findOneByOrFail({ secret: 'third step' });
  expect((await steps.findAncestors(last)).map(({ secret }) => secret).sort()).toEqual([
    'first step',
    'second step',
    'third step',
  ]);
  last.parent = await steps.findOneByOrFail({ secret: 'first step' });
  await steps.save(last);
  const tree = await steps.findDescendantsTree(last.parent);
  expect(tree.children.map(({ secret }) => secret).sort()).toEqual(['second step', 'third step']);
  const below = steps
    .createDescendantsQueryBuilder('step', 'closure', tree)
    .andWhere({ secret: 'second step' });
  expect((await below.getMany()).map(({ secret }) => secret)).toEqual(['second step']);
});

test('rows are born under their owner, and not moved by the list of another one', async () => {
  const { db } = application;
  const [orgs, docs] = [db.getRepository(Org), db.getRepository(Doc)];
  await orgs.save([{ id: 'a' }, { id: 'b' }]);
  const born = await orgs.save({ id: 'a', docs: [{ title: 'born title' }] as Doc[] });
  expect(await docs.countBy({ orgId: 'a', title: 'born title' })).toBe(1);
  const moving = await docs.save({ orgId: 'a', title: 'moved title' });
  const relation = db.createQueryBuilder().relation(Org, 'docs').of('b');
  await expect(relation.add(moving.id)).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
  await expect(orgs.save({ id: 'b', docs: [...born.docs] })).rejects.toMatchObject({
    code: 'ERR_SCOPE_CHANGE',
  });
  const found = await docs.find({ order: { orgId: 'ASC' } });
  expect(found.map(({ orgId, title }) => [orgId, title]).sort()).toEqual([
    ['a', 'born title'],
    ['a', 'moved title'],
  ]);
});
