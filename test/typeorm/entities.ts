import { Encrypted, encryptedColumns, equality, last4, unique, year } from '@fieldseal/typeorm';
import {
  ChildEntity,
  Column,
  DeleteDateColumn,
  Entity,
  EntitySchema,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  TableInheritance,
  Tree,
  TreeChildren,
  TreeParent,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';

const KEY = 'alias/kyc';

export class Profile {
  @Encrypted({ key: KEY, nullable: true, bind: 'field' }) pan?: string | null;
  @Column({ type: 'text', nullable: true }) city?: string | null;
  @Encrypted({ key: KEY, nullable: true, bind: 'field', index: { emailToken: equality() } })
  email?: string | null;
}

/** Of a tenant, bound to its row. */
@Entity('customer')
@Encrypted.defaults({ key: KEY, scope: 'tenantId' })
@Unique(['tenantId', 'aadhaarToken'])
export class Customer {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') tenantId!: string;
  @Encrypted({ normalize: 'digits', nullable: true, index: { aadhaarToken: equality() } })
  aadhaar!: string | null;
  @Encrypted() name!: string;
  @Encrypted({
    type: 'date',
    nullable: true,
    index: { dobYear: year({ acceptLeakage: 'age groups' }) },
  })
  dob!: Date | null;
  @Encrypted({ type: 'json', nullable: true }) address!: unknown;
  @Column({ type: 'text', nullable: true }) note!: string | null;
  @OneToMany(
    () => Card,
    (card) => card.customer,
    { cascade: true },
  )
  cards!: Relation<Card>[];
  @VersionColumn() version!: number;
  @UpdateDateColumn() updatedAt!: Date;
  @DeleteDateColumn() deletedAt!: Date | null;
}

/** Of nobody, bound to its row. */
@Entity('card')
@Encrypted.defaults({ key: KEY })
export class Card {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Encrypted({
    normalize: 'digits',
    index: {
      numberToken: unique(),
      numberLast4: last4({ acceptLeakage: 'support looks up by last four' }),
    },
  })
  number!: string;
  @Column({ type: 'text', nullable: true }) label!: string | null;
  @Column({ type: 'text', nullable: true, unique: true }) serial!: string | null;
  @ManyToOne(
    () => Customer,
    (customer) => customer.cards,
    { nullable: true, onDelete: 'CASCADE' },
  )
  customer!: Relation<Customer> | null;
  @ManyToMany(() => Tag, { cascade: true, eager: true })
  @JoinTable()
  tags!: Relation<Tag>[];
  @ManyToOne(() => Tag, { nullable: true, lazy: true, cascade: true })
  lazyTag!: Promise<Tag | null>;
}

/** A key that the database makes: bound to its field only. */
@Entity('tag')
export class Tag {
  @PrimaryGeneratedColumn() id!: number;
  @Encrypted({ key: KEY, nullable: true, index: { textToken: equality() } }) text!: string | null;
}

/** All value types, on text and on bytea columns. */
@Entity('sample')
@Encrypted.defaults({ key: KEY })
export class Sample {
  @PrimaryColumn({ type: 'bigint' }) id!: string;
  @Encrypted({ nullable: true }) text!: string | null;
  @Encrypted({ type: 'bytes', nullable: true }) bytes!: Buffer | null;
  @Encrypted({ type: 'int', nullable: true, storage: 'bytea' }) int!: number | null;
  @Encrypted({ type: 'bigint', nullable: true }) big!: bigint | null;
  @Encrypted({ type: 'decimal', nullable: true, storage: 'bytea' }) decimal!: string | null;
  @Encrypted({ type: 'double', nullable: true }) double!: number | null;
  @Encrypted({ type: 'boolean', nullable: true, storage: 'bytea' }) flag!: boolean | null;
  @Encrypted({ type: 'date', nullable: true }) date!: Date | null;
  @Encrypted({ type: 'timestamp', nullable: true, storage: 'bytea' }) time!: Date | null;
  @Encrypted({ type: 'json', nullable: true, storage: 'bytea' }) json!: unknown;
  @Column(() => Profile) home!: Profile;
  @Column(() => Profile) work!: Profile;
}

@Entity('person')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
export class Person {
  @PrimaryColumn('uuid') id!: string;
  @Encrypted({ key: KEY, nullable: true, index: { ssnToken: equality() } }) ssn!: string | null;
}

@ChildEntity()
export class Student extends Person {
  @Encrypted({ key: KEY, nullable: true }) roll!: string | null;
}

@ChildEntity()
export class Teacher extends Person {
  @Encrypted({ key: KEY, nullable: true }) pay!: string | null;
}

@Entity('node')
@Tree('closure-table')
export class Node {
  @PrimaryGeneratedColumn() id!: number;
  @Encrypted({ key: KEY }) secret!: string;
  @TreeChildren({ cascade: true }) children!: Node[];
  @TreeParent() parent!: Node | null;
}

const plain = encryptedColumns(
  { secret: { nullable: true, index: { secretToken: equality() } } },
  { key: KEY },
);

export interface PlainRow {
  shelf: string;
  place: number;
  secret: string | null;
}

/** Plain JavaScript: a composite key. */
export const Plain: EntitySchema<PlainRow> = new EntitySchema<PlainRow>({
  name: 'Plain',
  tableName: 'plain',
  columns: {
    shelf: { type: 'text', primary: true },
    place: { type: 'int', primary: true },
    ...plain.columns,
  },
  indices: [...plain.indices],
});

export const ENTITIES = [Customer, Card, Tag, Sample, Person, Student, Teacher, Node, Plain];
