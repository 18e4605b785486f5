import { Encrypted, equality, last4, unique, year } from '@fieldseal/typeorm';
import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** The table of schema.prisma, as TypeORM has it. */
@Entity('customers')
@Encrypted.defaults({ key: 'alias/kyc' })
@Unique(['card'])
@Unique(['tenantId', 'aadhaar'])
@Unique(['tenantId', 'aadhaarToken'])
export class Customer {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', name: 'tenant_id' }) tenantId!: string;
  @Column('text') label!: string;
  @Encrypted({
    normalize: 'digits',
    scope: 'tenantId',
    phase: 'plain',
    nullable: true,
    index: { aadhaarToken: equality({ name: 'aadhaar_token' }) },
  })
  aadhaar!: string | null;
  @Encrypted({
    type: 'date',
    phase: 'plain',
    nullable: true,
    index: { dobYear: year({ name: 'dob_year', acceptLeakage: 'test' }) },
  })
  dob!: Date | null;
  @Encrypted({
    normalize: 'digits',
    phase: 'plain',
    index: {
      cardToken: unique({ name: 'card_token' }),
      cardLast4: last4({ name: 'card_last4', acceptLeakage: 'test' }),
    },
  })
  card!: string;
}
