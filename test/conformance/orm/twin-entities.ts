import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';

/** Customer and Card with nothing sealed, for the differential test. */
@Entity('twin_customers')
@Unique(['tenantId', 'aadhaar'])
export class TwinCustomer {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', name: 'tenant_id' }) tenantId!: string;
  @Column({ type: 'text', nullable: true }) aadhaar!: string | null;
  @Column({ type: 'text' }) name!: string;
  @Column({ type: 'timestamptz', nullable: true }) dob!: Date | null;
  @Column({ type: 'jsonb', nullable: true }) address!: unknown;
  @Column({ type: 'text', nullable: true }) email!: string | null;
  @Column({ type: 'int', default: 0 }) visits!: number;
  @OneToMany(
    () => TwinCard,
    (card) => card.customer,
    { cascade: true },
  )
  cards!: Relation<TwinCard>[];
}

@Entity('twin_cards')
export class TwinCard {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', unique: true }) number!: string;
  @Column({ type: 'text', nullable: true }) label!: string | null;
  @Column({ type: 'int', default: 0 }) limit!: number;
  @Column({ type: 'uuid', nullable: true, name: 'customer_id' }) customerId!: string | null;
  @ManyToOne(
    () => TwinCustomer,
    (customer) => customer.cards,
    { nullable: true, onDelete: 'CASCADE' },
  )
  @JoinColumn({ name: 'customer_id' })
  customer!: Relation<TwinCustomer> | null;
}
