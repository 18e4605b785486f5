import {
  ChildEntity,
  Column,
  type ColumnOptions,
  Entity,
  EntitySchema,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
  Unique,
  ViewColumn,
  ViewEntity,
} from 'typeorm';
import { describe, expect, it } from 'vitest';
import type { EncryptedOptions } from '../annotation/annotation.ts';
import { Encrypted } from '../annotation/encrypted.ts';
import { encryptedColumns } from '../annotation/encrypted-columns.ts';
import { equality, last4, year } from '../annotation/index-kinds.ts';
import { readSchema } from './metadata.fake.ts';

type Decorate = (prototype: object) => void;

const id: Decorate = (prototype) => PrimaryGeneratedColumn('uuid')(prototype, 'id');

/** An entity `Customer` with a sealed property `pan` and what these functions add. */
function customer(options: EncryptedOptions, ...decorate: readonly Decorate[]): new () => object {
  class Customer {}
  for (const each of decorate) each(Customer.prototype);
  Encrypted(options)(Customer.prototype, 'pan');
  Entity('customers')(Customer);
  return Customer;
}

const column =
  (name: string, options: ColumnOptions): Decorate =>
  (prototype) =>
    Column(options)(prototype, name);

const panOf = async (...entities: readonly unknown[]) =>
  (await readSchema(...entities)).manifest.models[0]?.fields[0];

describe('binding', () => {
  const primary =
    (type: ColumnOptions, name = 'id'): Decorate =>
    (prototype) =>
      PrimaryColumn(type as never)(prototype, name);

  it.each<[string, Decorate]>([
    ['a uuid that the adapter makes', id],
    ['a uuid', primary({ type: 'uuid' })],
    ['a bigint', primary({ type: 'bigint' })],
    ['a text', primary({ type: 'varchar', length: 20 })],
    ['bytes', primary({ type: 'bytea' })],
  ])('is to the row where the key is %s', async (_name, key) => {
    expect((await panOf(customer({}, key)))?.bind).toBe('row');
  });

  it.each<[string, RegExp, Decorate]>([
    ['a sequence', /gets its value from the database/, (p) => PrimaryGeneratedColumn()(p, 'id')],
    ['a default', /gets its value/, primary({ type: 'uuid', default: () => 'gen_random_uuid()' })],
    ['a date', /type of "id"/, primary({ type: 'date' })],
    ['a char', /type of "id"/, primary({ type: 'char', length: 3 })],
  ])('is to the field where the key is %s, and nothing else', async (_name, reason, key) => {
    expect((await panOf(customer({}, key)))?.bind).toBe('field');
    await expect(readSchema(customer({ bind: 'row' }, key))).rejects.toThrow(reason);
  });

  it('is to the field where the key is part of a foreign key', async () => {
    @Entity()
    class Tenant {
      @PrimaryColumn('uuid') id!: string;
    }
    @Entity()
    class Note {
      @ManyToOne(() => Tenant) @JoinColumn({ name: 'tenantId' }) tenant!: Tenant;
      @PrimaryColumn('uuid') tenantId!: string;
      @PrimaryColumn('int') no!: number;
      @Encrypted() text!: string;
    }
    const { manifest, of, metadata } = await readSchema(Tenant, Note);
    expect(manifest.models[0]?.fields[0]?.bind).toBe('field');
    expect(of(metadata('Note'))?.keys.map(({ name }) => name)).toEqual(['no', 'tenantId']);
    expect(of(metadata('Tenant'))).toBeUndefined();
  });
});

describe('defaults of a class', () => {
  @Encrypted.defaults({ key: 'alias/base', suite: 2 })
  abstract class Base {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @Column('text') tenantId!: string;
    @Encrypted() name!: string;
  }

  it('are inherited, and what stands nearer to the field wins', async () => {
    @Entity('people')
    @Encrypted.defaults({ key: 'alias/people', scope: 'tenantId' })
    class Person extends Base {
      @Encrypted({ key: 'alias/own' }) pan!: string;
    }
    @Entity('firms')
    class Firm extends Base {}
    const { manifest } = await readSchema(Person, Firm);
    const seen = Object.fromEntries(
      manifest.models.flatMap((model) =>
        model.fields.map(({ id: field, key, scope, suite }) => [field, [key, scope, suite]]),
      ),
    );
    expect(seen).toEqual({
      'people.name': ['alias/people', 'tenantId', 2],
      'people.pan': ['alias/own', 'tenantId', 2],
      'firms.name': ['alias/base', undefined, 2],
    });
  });
});

describe('an embedded class', () => {
  class Profile {
    @Encrypted({
      type: 'date',
      nullable: true,
      index: { bornYear: year({ acceptLeakage: 'age' }) },
    })
    born!: Date | null;
  }

  it('is sealed at each of its places', async () => {
    @Entity('couples')
    class Couple {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Column(() => Profile) one!: Profile;
      @Column(() => Profile, { prefix: 'second_' }) other!: Profile;
    }
    const { manifest, of, metadata } = await readSchema(Couple);
    expect(manifest.models[0]?.fields).toMatchObject([
      { name: 'one.born', column: 'oneBorn', id: 'couples.oneBorn' },
      {
        name: 'other.born',
        column: 'second_Born',
        indexes: [{ name: 'other.bornYear', id: 'couples.second_Born.year', part: 'year' }],
      },
    ]);
    const entity = of(metadata('Couple'));
    expect([...(entity?.byPath.keys() ?? [])]).toEqual(['one.born', 'other.born']);
    const other = entity?.byPath.get('other.born');
    expect(other?.tokens.map(({ column: token }) => token.propertyPath)).toEqual([
      'other.bornYear',
    ]);
    expect(entity?.tokenOf.get(other!.tokens[0]!.column)?.sealed).toBe(other);
  });
});

describe('a table of several entities', () => {
  @Entity('people')
  @TableInheritance({ column: { type: 'varchar', name: 'kind' } })
  class Person {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @Encrypted() name!: string;
  }
  @ChildEntity()
  class Student extends Person {
    @Encrypted({ index: { rollToken: equality() } }) roll!: string;
  }
  @ChildEntity()
  class Guest extends Person {}

  it('is one model, and each entity has its part of it', async () => {
    const { manifest, of, metadata } = await readSchema(Guest, Student, Person);
    expect(manifest.models.map(({ name }) => name)).toEqual(['Person']);
    expect(manifest.models[0]?.fields).toMatchObject([
      { id: 'people.name', nullable: false },
      { id: 'people.roll', nullable: true },
    ]);
    const paths = ['Person', 'Student', 'Guest'].map((name) => [
      ...(of(metadata(name))?.byPath.keys() ?? []),
    ]);
    expect(paths).toEqual([['name', 'roll'], ['name', 'roll'], ['name']]);
    expect(of(metadata('Student'))?.model).toBe('Person');
  });

  it('is refused where two children seal one property in two ways', async () => {
    @Entity('animals')
    @TableInheritance({ column: { type: 'varchar', name: 'kind' } })
    class Animal {
      @PrimaryGeneratedColumn('uuid') id!: string;
    }
    @ChildEntity()
    class Cat extends Animal {
      @Encrypted() chip!: string;
    }
    @ChildEntity()
    class Dog extends Animal {
      @Encrypted({ type: 'int' }) chip!: number;
    }
    await expect(readSchema(Animal, Cat, Dog)).rejects.toThrow(
      /(Cat|Dog)\.chip: .*share the column/,
    );
  });
});

describe('a view', () => {
  const table = () =>
    customer({ id: 'pan-of-customers' }, (p) => PrimaryGeneratedColumn()(p, 'id'));

  it('shows the fields of tables under their ids', async () => {
    @ViewEntity({ name: 'shown', expression: 'SELECT id, pan FROM customers' })
    class Shown {
      @ViewColumn() id!: number;
      @Encrypted({ id: 'pan-of-customers' }) pan!: string;
    }
    const { manifest } = await readSchema(Shown, table());
    const shown = manifest.models.find(({ name }) => name === 'Shown');
    expect(shown).toMatchObject({ view: true, table: 'shown', primaryKey: [] });
    expect(shown?.fields).toMatchObject([{ id: 'pan-of-customers', bind: 'field' }]);
  });

  it('has no ids of its own', async () => {
    @ViewEntity({ name: 'shown', expression: 'SELECT id, pan FROM customers' })
    class Shown {
      @ViewColumn() id!: number;
      @Encrypted() pan!: string;
    }
    await expect(readSchema(Shown, table())).rejects.toThrow(/Shown\.pan: .*id: "/);
  });
});

describe('an EntitySchema', () => {
  it('is sealed as a class is', async () => {
    const sealed = encryptedColumns(
      { pan: { normalize: 'pan', nullable: true, index: { panToken: equality() } } },
      { key: 'alias/kyc', scope: 'tenantId' },
    );
    const schema = new EntitySchema({
      name: 'Customer',
      tableName: 'customers',
      columns: {
        id: { type: 'uuid', primary: true, generated: 'uuid' },
        tenantId: { type: 'text' },
        ...sealed.columns,
      },
      indices: sealed.indices,
    });
    const written = { ...(await readSchema(schema)).manifest };
    const decorated = customer(
      {
        normalize: 'pan',
        nullable: true,
        key: 'alias/kyc',
        scope: 'tenantId',
        index: { panToken: equality() },
      },
      id,
      column('tenantId', { type: 'text' }),
    );
    expect(written).toEqual((await readSchema(decorated)).manifest);
  });

  it('is refused without its token columns', async () => {
    const { columns } = encryptedColumns({ pan: { index: { panToken: equality() } } });
    const schema = new EntitySchema({
      name: 'Customer',
      columns: { id: { type: 'uuid', primary: true }, pan: columns.pan! },
    });
    await expect(readSchema(schema)).rejects.toThrow(/Customer\.pan: .*"panToken" is no column/);
  });
});

describe('a sealed column', () => {
  const token = { panToken: equality() };
  const tenant = column('tenantId', { type: 'text' });

  it.each<[string, RegExp, EncryptedOptions, readonly Decorate[]]>([
    [
      '@Unique',
      /index over them finds nothing.*unique\(\)/,
      {},
      [(p) => Unique(['pan'])(p.constructor)],
    ],
    ['@Index', /index over them finds nothing/, {}, [(p) => Index()(p, 'pan')]],
    ['a short column', /varchar\(64\) is too short.*168/, { length: 64 }, []],
    ['an unknown normaliser', /no normaliser "digit"/, { normalize: 'digit', index: token }, []],
    [
      'a normaliser of a number',
      /only strings/,
      { type: 'int', normalize: 'trim', index: token },
      [],
    ],
    ['a normaliser without index', /write index: \{ panToken/, { normalize: 'trim' }, []],
    ['a padded boolean', /pad has no use/, { type: 'boolean', pad: 16 }, []],
    ['a pad of odd length', /multiple of 16/, { pad: 17 }, []],
    ['an unknown scope', /scope: "tenant" is not a column/, { scope: 'tenant' }, []],
    ['a scope that is sealed', /is sealed itself/, { scope: 'pan' }, []],
    ['a scope that is a token', /is sealed itself/, { scope: 'panToken', index: token }, []],
    [
      'a scope that may be NULL',
      /must not be nullable/,
      { scope: 'a' },
      [column('a', { type: 'text', nullable: true })],
    ],
    [
      'a scope of another type',
      /must be a text, uuid/,
      { subject: 'a' },
      [column('a', { type: 'date' })],
    ],
    [
      'one column for scope and subject',
      /scope must name/,
      { scope: 'tenantId', subject: 'tenantId' },
      [tenant],
    ],
    [
      'global tokens without scope',
      /global has no meaning/,
      { index: { panToken: equality({ global: 'x' }) } },
      [],
    ],
    ['a part that nobody accepted', /acceptLeakage/, { index: { panLast4: last4({}) } }, []],
    ['a date that can be guessed', /acceptLeakage/, { type: 'date', index: token }, []],
    [
      'last4 of a number',
      /part of string only/,
      { type: 'int', index: { p: last4({ acceptLeakage: 'x' }) } },
      [],
    ],
    ['an index on JSON', /json is not canonical/, { type: 'json', index: token }, []],
    [
      'two indexes of one kind',
      /another equality index/,
      { index: { a: equality(), b: equality() } },
      [],
    ],
    [
      'an id that is taken',
      /is taken/,
      { id: 'x', index: { panToken: equality({ id: 'x' }) } },
      [],
    ],
    [
      'a column of another property',
      /Customer\.raw: .*Customer\.pan, which is sealed/,
      {},
      [column('raw', { name: 'pan', type: 'text' })],
    ],
    [
      'a token column of another property',
      /Customer\.raw: .*panToken/,
      { index: token },
      [column('raw', { name: 'panToken', type: 'bytea' })],
    ],
    ['an unusable id', /cannot be a field id/, { name: 'pan number' }, []],
  ])('is refused with %s', async (_name, message, options, decorate) => {
    await expect(readSchema(customer(options, id, ...decorate))).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_ANNOTATION_INVALID',
        message: expect.stringMatching(message),
        meta: expect.objectContaining({ model: 'Customer' }),
      }),
    );
  });

  it('is refused where a relation refers to it', async () => {
    const Customer = customer({}, id);
    @Entity()
    class Letter {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @ManyToOne(() => Customer) @JoinColumn({ referencedColumnName: 'pan' }) to!: object;
    }
    await expect(readSchema(Customer, Letter)).rejects.toThrow(/Customer\.pan: .*relation/);
  });

  it('has the limit that its column sets', async () => {
    expect((await panOf(customer({ length: 255 }, id)))?.maxBytes).toBe(126);
    expect((await panOf(customer({ length: 255, maxBytes: 40 }, id)))?.maxBytes).toBe(40);
    expect(await panOf(customer({}, id))).not.toHaveProperty('maxBytes');
  });
});
