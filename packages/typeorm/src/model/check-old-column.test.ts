import { Column, type ColumnOptions, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { describe, expect, it } from 'vitest';
import type { EncryptedOptions } from '../annotation/annotation.ts';
import { Encrypted } from '../annotation/encrypted.ts';
import { equality } from '../annotation/index-kinds.ts';
import { readSchema } from './metadata.fake.ts';

const MOVING: EncryptedOptions = { type: 'date', phase: 'plain', from: 'dobPlain' };

/** An entity `Customer` with a sealed property `dob`, and `dobPlain` with these options. */
function customer(options: EncryptedOptions, old?: ColumnOptions): new () => object {
  class Customer {}
  PrimaryGeneratedColumn('uuid')(Customer.prototype, 'id');
  Encrypted(options)(Customer.prototype, 'dob');
  if (old !== undefined) Column(old)(Customer.prototype, 'dobPlain');
  Entity('customers')(Customer);
  return Customer;
}

describe('the old column of a field', () => {
  it('is in the manifest with its type; the field itself may be required', async () => {
    const index = { dobToken: equality({ acceptLeakage: 'test' }) };
    const old = { type: 'date', nullable: true, name: 'dob_plain' } as const;
    const { manifest } = await readSchema(customer({ ...MOVING, index }, old));
    const [model] = manifest.models;
    expect(model?.fields[0]).toMatchObject({
      nullable: false,
      from: { name: 'dobPlain', column: 'dob_plain', type: 'date' },
    });
    expect(model?.tokenIndexes).toEqual([
      { name: expect.stringMatching(/^IDX_/), columns: ['dobToken'], unique: false },
    ]);
  });

  it.each<[string, EncryptedOptions['type'], ColumnOptions, object]>([
    ['digits of a numeric', 'decimal', { type: 'numeric', precision: 12, scale: 2 }, { limit: 2 }],
    ['whole numbers', 'decimal', { type: 'decimal', precision: 12 }, { limit: 0 }],
    ['any numeric', 'decimal', { type: 'numeric' }, { type: 'numeric' }],
    ['length of a varchar', 'string', { type: 'varchar', length: 20 }, { limit: 20 }],
    ['a time', 'timestamp', { type: 'timestamptz', precision: 0 }, { limit: 0 }],
    ['a number', 'bigint', { type: Number }, { type: 'int4' }],
    ['a flag', 'boolean', { type: Boolean }, { type: 'bool' }],
  ])('knows %s', async (_name, type, old, expected) => {
    const given = customer({ ...MOVING, type: type! }, { ...old, nullable: true });
    expect((await readSchema(given)).manifest.models[0]?.fields[0]?.from).toMatchObject(expected);
  });

  it.each<[string, EncryptedOptions, ColumnOptions | undefined, RegExp]>([
    ['is not there', MOVING, undefined, /from: "dobPlain" is not a column/],
    [
      'has no phase beside it',
      { type: 'date', from: 'dobPlain' },
      { type: 'date', nullable: true },
      /needs a phase/,
    ],
    ['takes no NULL', MOVING, { type: 'date' }, /write nullable: true/],
    ['has a default', MOVING, { type: 'date', nullable: true, default: '2000-01-01' }, /default/],
    ['is of another type', MOVING, { type: 'text', nullable: true }, /date are in date/],
    [
      'is a time without zone',
      { ...MOVING, type: 'timestamp' },
      { type: 'timestamp', nullable: true },
      /timestamptz first/,
    ],
    [
      'has a transformer',
      MOVING,
      { type: 'date', nullable: true, transformer: { to: (v) => v, from: (v) => v } },
      /transformer/,
    ],
    [
      'is an enum',
      { ...MOVING, type: 'string' },
      { type: 'enum', enum: ['a'], nullable: true },
      /is enum/,
    ],
  ])('is refused where it %s', async (_name, options, old, message) => {
    await expect(readSchema(customer(options, old))).rejects.toThrow(message);
  });

  it('is refused where it is the old column of another field too', async () => {
    class Customer {}
    PrimaryGeneratedColumn('uuid')(Customer.prototype, 'id');
    Column({ type: 'date', nullable: true })(Customer.prototype, 'dobPlain');
    for (const name of ['dob', 'birthday']) Encrypted(MOVING)(Customer.prototype, name);
    Entity('customers')(Customer);
    await expect(readSchema(Customer)).rejects.toThrow(/another field too/);
  });

  it('leaves what the field takes to the annotation', async () => {
    class Customer {}
    PrimaryGeneratedColumn('uuid')(Customer.prototype, 'id');
    Column({ type: 'date', nullable: true })(Customer.prototype, 'dobPlain');
    const decorate = () => {
      Column({ type: 'text', nullable: true })(Customer.prototype, 'dob');
      Encrypted(MOVING)(Customer.prototype, 'dob');
    };
    expect(decorate).toThrow(/say it in @Encrypted/);
  });
});
