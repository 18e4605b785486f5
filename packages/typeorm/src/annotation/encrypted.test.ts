import {
  Column,
  type ColumnOptions,
  Entity,
  getMetadataArgsStorage,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { buildOffline, readSchema } from '../model/metadata.fake.ts';
import { Encrypted } from './encrypted.ts';
import { encryptedColumns } from './encrypted-columns.ts';
import { FieldTransformer } from './field-transformer.ts';
import { equality, last4, unique } from './index-kinds.ts';
import { settleColumns } from './settle-columns.ts';

afterEach(forget);

/** An entity with one property `pan`, on which these decorators stand from top to bottom. */
function entityWith(...decorators: readonly PropertyDecorator[]): new () => object {
  class Customer {}
  for (const decorate of decorators.toReversed()) decorate(Customer.prototype, 'pan');
  PrimaryGeneratedColumn('uuid')(Customer.prototype, 'id');
  Entity('customers')(Customer);
  return Customer;
}

const OPTIONS: ColumnOptions = {
  name: 'pan_cell',
  nullable: true,
  length: 400,
  select: false,
  comment: 'PAN',
  update: false,
};

const refusal = (text: string | RegExp) =>
  expect.objectContaining({
    code: 'ERR_ANNOTATION_INVALID',
    message: expect.stringMatching(text),
    meta: { model: 'Customer', field: 'pan' },
  });

describe('a sealed property', () => {
  it('alone is a text column that may not be NULL, and bytea on demand', async () => {
    const { columns } = (await readSchema(entityWith(Encrypted()))).metadata('Customer');
    expect(columns.find((c) => c.propertyName === 'pan')).toMatchObject({
      type: 'text',
      isNullable: false,
      isSelect: true,
    });
    const other = await readSchema(entityWith(Encrypted({ storage: 'bytea', nullable: true })));
    const pan = other.metadata('Customer').columns.find((c) => c.propertyName === 'pan');
    expect(pan).toMatchObject({ type: 'bytea', isNullable: true });
  });

  it('has hidden token columns, each with its index', async () => {
    const index = { panToken: unique(), panLast4: last4({ acceptLeakage: 'support', name: 'l4' }) };
    const schema = await readSchema(entityWith(Encrypted({ nullable: true, index })));
    const { columns, indices } = schema.metadata('Customer');
    for (const name of ['panToken', 'panLast4'])
      expect(columns.find((c) => c.propertyName === name)).toMatchObject({
        type: 'bytea',
        isNullable: true,
        isSelect: false,
      });
    const covered = indices.map((each) => [each.isUnique, each.columns.map((c) => c.databaseName)]);
    expect(covered).toEqual([
      [true, ['panToken']],
      [false, ['l4']],
    ]);
  });

  it.each([
    ['above', [Encrypted({ index: { panToken: equality() } }), Column('varchar', OPTIONS)]],
    ['below', [Column('varchar', OPTIONS), Encrypted({ index: { panToken: equality() } })]],
  ])('takes over the options of a @Column, with @Encrypted %s it', async (_place, decorators) => {
    const schema = await readSchema(entityWith(...decorators));
    const { columns } = schema.metadata('Customer');
    const [pan, ...others] = columns.filter((c) => c.propertyName === 'pan');
    expect(others).toEqual([]);
    expect(pan?.transformer).toBeInstanceOf(FieldTransformer);
    expect(pan).toMatchObject({
      type: 'varchar',
      databaseName: 'pan_cell',
      isNullable: true,
      length: '400',
      isSelect: false,
      comment: 'PAN',
      isUpdate: false,
    });
    const token = columns.find((c) => c.propertyName === 'panToken');
    expect(token).toMatchObject({ isNullable: true, isSelect: false, isUpdate: false });
  });

  it('wins where both say something', async () => {
    const own = Encrypted({ name: 'mine', nullable: false });
    for (const decorators of [
      [own, Column('text', { name: 'other', nullable: true })],
      [Column('text', { name: 'other', nullable: true }), own],
    ]) {
      const { columns } = (await readSchema(entityWith(...decorators))).metadata('Customer');
      const pan = columns.find((c) => c.propertyName === 'pan');
      expect(pan).toMatchObject({ databaseName: 'mine', isNullable: false });
    }
  });

  it('is never a plain column, even where nothing settles the decorators', async () => {
    for (const decorators of [
      [Encrypted(), Column('text')],
      [Column('text'), Encrypted()],
    ]) {
      const dataSource = await buildOffline([entityWith(...decorators)]);
      const [metadata] = dataSource.entityMetadatas;
      const pans = metadata?.columns.filter((c) => c.propertyName === 'pan');
      expect(pans?.map((c) => c.transformer instanceof FieldTransformer)).toEqual([true]);
    }
    settleColumns();
  });

  it('is sealed in a class whose parent declares it plainly', async () => {
    abstract class Person {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Column('text') pan!: string;
    }
    @Entity()
    class Plain extends Person {}
    @Entity()
    class Customer extends Person {}
    Encrypted()(Customer.prototype, 'pan');
    const dataSource = await buildOffline([Customer, Plain]);
    const isSealed = dataSource.entityMetadatas.map(
      ({ name, columns }) =>
        [
          name,
          columns.find((c) => c.propertyName === 'pan')?.transformer instanceof FieldTransformer,
        ] as const,
    );
    expect(Object.fromEntries(isSealed)).toEqual({ Customer: true, Plain: false });
  });

  it('has no type that would be inferred from the plaintext', async () => {
    const inferred = Column({ type: Date as never });
    for (const decorators of [
      [inferred, Encrypted({ type: 'date' })],
      [Encrypted({ type: 'date' }), inferred],
    ]) {
      const { columns } = (await readSchema(entityWith(...decorators))).metadata('Customer');
      expect(columns.find((c) => c.propertyName === 'pan')?.type).toBe('text');
    }
  });
});

describe('@Encrypted', () => {
  it.each<[string | RegExp, () => unknown]>([
    [
      /Customer\.pan: there is no option "unique": .*unique\(\)/,
      () => Encrypted({ unique: true } as never),
    ],
    [/no option "normalise"; there are key, scope/, () => Encrypted({ normalise: 'x' } as never)],
    [/no option "constructor"/, () => Encrypted({ constructor: 'x' } as never)],
    [/type must be one of string/, () => Encrypted({ type: 'text' } as never)],
    [/key must be an alias/, () => Encrypted({ key: 'kyc' })],
    [/bind must be "row" or "field"/, () => Encrypted({ bind: 'table' as never })],
    [/suite must be 1 or 2/, () => Encrypted({ suite: 3 as never })],
    [/nullable must be true or false/, () => Encrypted({ nullable: 'yes' as never })],
    [/length must be a number/, () => Encrypted({ length: 'max' })],
    [/index must be an object/, () => Encrypted({ index: ['x'] as never })],
  ])('refuses an option that it does not know or take: %s', (message, make) => {
    const decorate = make() as PropertyDecorator;
    class Customer {}
    expect(() => decorate(Customer.prototype, 'pan')).toThrow(refusal(message));
  });

  it.each<[string | RegExp, PropertyDecorator]>([
    [/@Column\(\{ unique \}\): no two cells/, Column('text', { unique: true })],
    [/@Column\(\{ default \}\): .*plaintext/, Column('text', { default: 'x' })],
    [/@Column\(\{ array \}\): .*json/, Column('text', { array: true })],
    [/needs a text, varchar or bytea column, and this is int/, Column('int')],
    [/@Column\(\{ transformer \}\)/, Column('text', { transformer: { to: Number, from: Number } })],
    [/annotated twice/, Encrypted({ type: 'json' })],
    [/@Column\(\{ (primary|generated) \}\)/, PrimaryGeneratedColumn('uuid')],
  ])('refuses what a sealed column cannot be, in either order: %s', (message, other) => {
    expect(() => entityWith(Encrypted(), other)).toThrow(refusal(message));
    forget();
    expect(() => {
      entityWith(other, Encrypted());
      settleColumns();
    }).toThrow(refusal(message));
  });

  it('refuses a column that says one storage where the annotation says another', () => {
    expect(() => entityWith(Encrypted({ storage: 'text' }), Column('bytea'))).toThrow(
      refusal(/bytea.*storage: "text"/),
    );
    expect(() => entityWith(Encrypted({ storage: 'bytea' }), Column('text'))).toThrow(
      refusal(/text.*storage: "bytea"/),
    );
  });

  it('says what decorators of the newer kind need', () => {
    const decorate = Encrypted() as unknown as (value: undefined, context: object) => void;
    expect(() => decorate(undefined, { kind: 'field' })).toThrow(/experimentalDecorators/);
  });

  it('refuses a token column that is another property too', () => {
    class Customer {}
    Encrypted({ index: { pan: equality() } })(Customer.prototype, 'aadhaar');
    Column('text')(Customer.prototype, 'pan');
    expect(() => settleColumns()).toThrow(refusal(/declared once more/));
  });

  it.each([
    ['key', { key: 'kyc' }],
    ['type', { type: 'date' }],
  ])('has defaults that refuse %s as the options do', (name, options) => {
    expect(() => Encrypted.defaults(options as never)(class Customer {})).toThrow(
      expect.objectContaining({
        code: 'ERR_ANNOTATION_INVALID',
        message: expect.stringMatching(new RegExp(`^Customer.Encrypted.defaults: .*${name}`)),
      }),
    );
  });
});

/** Takes back what a refused class has registered, which in an application ends the process. */
function forget(): void {
  const { columns } = getMetadataArgsStorage();
  for (const args of columns.filter(
    (each) => (each.target as { name: string }).name === 'Customer',
  ))
    columns.splice(columns.indexOf(args), 1);
}

describe('the columns for an EntitySchema', () => {
  it('refuse two columns of one name', () => {
    const index = { token: equality() };
    expect(() => encryptedColumns({ a: { index }, b: { index } })).toThrow(/token: .*twice/);
    expect(() => encryptedColumns({ a: { index: { b: equality() } }, b: {} })).toThrow(/twice/);
  });

  it('refuse options as the decorator does', () => {
    expect(() => encryptedColumns({ a: { unique: true } as never })).toThrow(/no option "unique"/);
    expect(() => encryptedColumns({ a: {} }, { scope: 5 as never })).toThrow(/scope must be/);
  });
});
