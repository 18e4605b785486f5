import { Encrypted, equality, first6, last4, unique, year } from '@fieldseal/typeorm';
import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';

const KEY = 'alias/kyc';

/** The tables of schema.prisma, as TypeORM has them. */
@Entity('customers')
@Encrypted.defaults({ key: KEY, scope: 'tenantId' })
@Unique(['tenantId', 'aadhaarToken'])
export class Customer {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', name: 'tenant_id' }) tenantId!: string;
  @Encrypted({
    normalize: 'digits',
    nullable: true,
    index: { aadhaarToken: equality({ name: 'aadhaar_token' }) },
  })
  aadhaar!: string | null;
  @Encrypted() name!: string;
  @Encrypted({
    type: 'date',
    nullable: true,
    index: {
      dobYear: year({ name: 'dob_year', acceptLeakage: 'statistics by year of birth' }),
    },
  })
  dob!: Date | null;
  @Encrypted({ type: 'json', nullable: true }) address!: unknown;
  @Column({ type: 'text', nullable: true }) email!: string | null;
  @Column({ type: 'int', default: 0 }) visits!: number;
  @OneToMany(
    () => Card,
    (card) => card.customer,
    { cascade: true },
  )
  cards!: Relation<Card>[];
}

@Entity('cards')
@Encrypted.defaults({ key: KEY })
export class Card {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Encrypted({
    normalize: 'digits',
    index: {
      numberToken: unique({ acceptLeakage: 'support and routing need both ends' }),
      numberLast4: last4({
        acceptLeakage: 'support looks cards up by their last four digits',
      }),
      numberFirst6: first6({ acceptLeakage: 'routing by issuer' }),
    },
  })
  number!: string;
  @Column({ type: 'text', nullable: true }) label!: string | null;
  @Column({ type: 'int', default: 0 }) limit!: number;
  @Column({ type: 'uuid', nullable: true, name: 'customer_id' }) customerId!: string | null;
  @ManyToOne(
    () => Customer,
    (customer) => customer.cards,
    { nullable: true, onDelete: 'CASCADE' },
  )
  @JoinColumn({ name: 'customer_id' })
  customer!: Relation<Customer> | null;
}

@Entity('legacy')
@Encrypted.defaults({ key: KEY })
export class Legacy {
  @PrimaryColumn('bigint') id!: string;
  @Encrypted({ normalize: 'name', nullable: true, index: { secretToken: equality() } })
  secret!: string | null;
}

@Entity('tickets')
@Encrypted.defaults({ key: KEY })
export class Ticket {
  @PrimaryGeneratedColumn({ type: 'bigint' }) id!: string;
  @Encrypted({ nullable: true, index: { secretToken: equality() } }) secret!: string | null;
}

@Entity('people')
@Encrypted.defaults({ key: KEY })
export class Person {
  @PrimaryColumn('text') id!: string;
  @Encrypted({ normalize: 'trim+upper', nullable: true, index: { panToken: unique() } })
  pan!: string | null;
  @Column({ type: 'text', nullable: true }) note!: string | null;
}

@Entity('samples')
@Encrypted.defaults({ key: KEY })
export class Sample {
  @PrimaryColumn('text') shelf!: string;
  @PrimaryColumn('int') place!: number;
  @Encrypted({ nullable: true, index: { stringToken: equality() } })
  textString!: string | null;
  @Encrypted({ type: 'bytes', nullable: true, index: { bytesToken: equality() } })
  textBytes!: Uint8Array | null;
  @Encrypted({ type: 'int', nullable: true, index: { intToken: equality() } })
  textInt!: number | null;
  @Encrypted({ type: 'bigint', nullable: true, index: { bigintToken: equality() } })
  textBigint!: bigint | null;
  @Encrypted({ type: 'decimal', nullable: true, index: { decimalToken: equality() } })
  textDecimal!: string | null;
  @Encrypted({ type: 'double', nullable: true, index: { doubleToken: equality() } })
  textDouble!: number | null;
  @Encrypted({
    type: 'boolean',
    nullable: true,
    index: {
      booleanToken: equality({ acceptLeakage: 'both values occur about equally often' }),
    },
  })
  textBoolean!: boolean | null;
  @Encrypted({
    type: 'date',
    nullable: true,
    index: { dateToken: equality({ acceptLeakage: 'any day occurs about equally often' }) },
  })
  textDate!: Date | null;
  @Encrypted({ type: 'timestamp', nullable: true, index: { timestampToken: equality() } })
  textTime!: Date | null;
  @Encrypted({ type: 'json', nullable: true }) textJson!: unknown;
  @Encrypted({ storage: 'bytea', nullable: true, suite: 2, pad: 64 })
  byteString!: string | null;
  @Encrypted({ type: 'bytes', storage: 'bytea', nullable: true })
  byteBytes!: Uint8Array | null;
  @Encrypted({ type: 'int', storage: 'bytea', nullable: true }) byteInt!: number | null;
  @Encrypted({ type: 'bigint', storage: 'bytea', nullable: true }) byteBigint!: bigint | null;
  @Encrypted({ type: 'decimal', storage: 'bytea', nullable: true })
  byteDecimal!: string | null;
  @Encrypted({ type: 'double', storage: 'bytea', nullable: true }) byteDouble!: number | null;
  @Encrypted({ type: 'boolean', storage: 'bytea', nullable: true })
  byteBoolean!: boolean | null;
  @Encrypted({ type: 'date', storage: 'bytea', nullable: true }) byteDate!: Date | null;
  @Encrypted({ type: 'timestamp', storage: 'bytea', nullable: true })
  byteTime!: Date | null;
  @Encrypted({ type: 'json', storage: 'bytea', nullable: true }) byteJson!: unknown;
}
