import { Encrypted, equality, last4, unique, year } from '@fieldseal/typeorm';
import {
  Column,
  CreateDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';

/** A company that checks the identity of its customers. Nothing here is secret. */
@Entity('Tenant')
export class Tenant {
  @PrimaryColumn('text') id!: string;

  @Column('text') name!: string;
}

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly pin: string;
}

/** Every tenant's values are sealed under data keys of its own. */
@Entity('Customer')
@Encrypted.defaults({ key: 'alias/kyc', scope: 'tenantId' })
@Unique(['tenantId', 'aadhaarToken'])
export class Customer {
  @PrimaryGeneratedColumn('uuid') id!: string;

  @Column('text') tenantId!: string;

  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenantId' })
  tenant!: Tenant;

  @Encrypted() name!: string;

  @Encrypted({ normalize: 'digits', index: { aadhaarToken: equality() } })
  aadhaar!: string;

  @Encrypted({ normalize: 'pan', nullable: true, index: { panToken: equality() } })
  pan!: string | null;

  @Encrypted({
    type: 'date',
    index: { birthYear: year({ acceptLeakage: 'statistics by year of birth' }) },
  })
  dateOfBirth!: Date;

  @Encrypted({ type: 'json' }) address!: Address;

  @CreateDateColumn() createdAt!: Date;

  @OneToMany(
    () => Card,
    (card) => card.customer,
  )
  cards!: Card[];

  @OneToMany(
    () => Document,
    (document) => document.customer,
  )
  documents!: Document[];
}

@Entity('Card')
@Encrypted.defaults({ key: 'alias/cards' })
export class Card {
  @PrimaryGeneratedColumn('uuid') id!: string;

  @Column('uuid') customerId!: string;

  @ManyToOne(
    () => Customer,
    (customer) => customer.cards,
  )
  @JoinColumn({ name: 'customerId' })
  customer!: Customer;

  @Encrypted({
    normalize: 'digits',
    index: {
      numberToken: unique(),
      numberLast4: last4({
        acceptLeakage: 'support looks cards up by their last four digits',
      }),
    },
  })
  number!: string;

  @Encrypted() expiry!: string;
}

@Entity('Document')
@Encrypted.defaults({ key: 'alias/kyc' })
export class Document {
  @PrimaryGeneratedColumn('uuid') id!: string;

  @Column('uuid') customerId!: string;

  @ManyToOne(
    () => Customer,
    (customer) => customer.documents,
  )
  @JoinColumn({ name: 'customerId' })
  customer!: Customer;

  @Column({ type: 'enum', enum: ['AADHAAR_CARD', 'PAN_CARD', 'PASSPORT'] })
  kind!: 'AADHAAR_CARD' | 'PAN_CARD' | 'PASSPORT';

  @Encrypted({ type: 'bytes', storage: 'bytea' }) content!: Uint8Array;
}
