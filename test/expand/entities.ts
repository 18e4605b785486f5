import { Encrypted, equality, last4, unique, year } from '@fieldseal/typeorm';
import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

const acceptLeakage = 'test';

/** The columns of both entities that nothing is sealed in. */
abstract class Base {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', name: 'tenant_id' }) tenantId!: string;
  @Column('text') label!: string;
}

/** The table of schema.prisma, as TypeORM has it: cells in new columns, values in the old ones. */
@Entity('records')
@Encrypted.defaults({ key: 'alias/kyc' })
@Unique('records_tenant_id_ref_token_key', ['tenantId', 'refToken'])
export class MovingRecord extends Base {
  @Column('date', { name: 'dob', nullable: true }) dobPlain!: never;
  @Encrypted({
    type: 'date',
    scope: 'tenantId',
    phase: 'plain',
    from: 'dobPlain',
    name: 'dob_cell',
    nullable: true,
    index: {
      dobToken: equality({ name: 'dob_token', acceptLeakage }),
      dobYear: year({ name: 'dob_year', acceptLeakage }),
    },
  })
  dob!: Date | null;

  @Column('int', { name: 'visits', nullable: true }) visitsPlain!: never;
  @Encrypted({
    type: 'int',
    phase: 'plain',
    from: 'visitsPlain',
    name: 'visits_cell',
    index: { visitsToken: equality({ name: 'visits_token' }) },
  })
  visits!: number;

  @Column('bigint', { name: 'balance', nullable: true }) balancePlain!: never;
  @Encrypted({
    type: 'bigint',
    phase: 'plain',
    from: 'balancePlain',
    name: 'balance_cell',
    nullable: true,
    index: { balanceToken: equality({ name: 'balance_token' }) },
  })
  balance!: bigint | null;

  @Column('numeric', { name: 'amount', precision: 12, scale: 2, nullable: true })
  amountPlain!: never;
  @Encrypted({
    type: 'decimal',
    phase: 'plain',
    from: 'amountPlain',
    name: 'amount_cell',
    nullable: true,
    index: { amountToken: equality({ name: 'amount_token' }) },
  })
  amount!: string | null;

  @Column('boolean', { name: 'active', nullable: true }) activePlain!: never;
  @Encrypted({
    type: 'boolean',
    phase: 'plain',
    from: 'activePlain',
    name: 'active_cell',
    index: { activeToken: equality({ name: 'active_token', acceptLeakage }) },
  })
  active!: boolean;

  @Column('jsonb', { name: 'meta', nullable: true }) metaPlain!: never;
  @Encrypted({ type: 'json', phase: 'plain', from: 'metaPlain', name: 'meta_cell', nullable: true })
  meta!: unknown;

  @Column('timestamptz', { name: 'seen_at', nullable: true }) seenPlain!: never;
  @Encrypted({
    type: 'timestamp',
    phase: 'plain',
    from: 'seenPlain',
    name: 'seen_cell',
    nullable: true,
    index: { seenYear: year({ name: 'seen_year', acceptLeakage }) },
  })
  seenAt!: Date | null;

  @Column('bytea', { name: 'photo', nullable: true }) photoPlain!: never;
  @Encrypted({
    type: 'bytes',
    phase: 'plain',
    from: 'photoPlain',
    name: 'photo_cell',
    nullable: true,
  })
  photo!: Uint8Array | null;

  @Column('float8', { name: 'ratio', nullable: true }) ratioPlain!: never;
  @Encrypted({
    type: 'double',
    phase: 'plain',
    from: 'ratioPlain',
    name: 'ratio_cell',
    nullable: true,
  })
  ratio!: number | null;

  @Column('varchar', { name: 'code', length: 20, nullable: true, unique: true })
  codePlain!: never;
  @Encrypted({
    phase: 'plain',
    normalize: 'digits',
    from: 'codePlain',
    name: 'code_cell',
    nullable: true,
    index: {
      codeToken: unique({ name: 'code_token' }),
      codeLast4: last4({ name: 'code_last4', acceptLeakage }),
    },
  })
  code!: string | null;

  @Column('uuid', { name: 'ref', nullable: true }) refPlain!: never;
  @Encrypted({
    phase: 'plain',
    from: 'refPlain',
    name: 'ref_cell',
    nullable: true,
    index: { refToken: equality({ name: 'ref_token' }) },
  })
  ref!: string | null;
}

/** The same table when the old columns are gone. */
@Entity('records')
@Encrypted.defaults({ key: 'alias/kyc' })
@Unique('records_tenant_id_ref_token_key', ['tenantId', 'refToken'])
export class SealedRecord extends Base {
  @Encrypted({
    type: 'date',
    scope: 'tenantId',
    name: 'dob_cell',
    nullable: true,
    index: {
      dobToken: equality({ name: 'dob_token', acceptLeakage }),
      dobYear: year({ name: 'dob_year', acceptLeakage }),
    },
  })
  dob!: Date | null;
  @Encrypted({
    type: 'int',
    name: 'visits_cell',
    index: { visitsToken: equality({ name: 'visits_token' }) },
  })
  visits!: number;
  @Encrypted({
    type: 'bigint',
    name: 'balance_cell',
    nullable: true,
    index: { balanceToken: equality({ name: 'balance_token' }) },
  })
  balance!: bigint | null;
  @Encrypted({
    type: 'decimal',
    name: 'amount_cell',
    nullable: true,
    index: { amountToken: equality({ name: 'amount_token' }) },
  })
  amount!: string | null;
  @Encrypted({
    type: 'boolean',
    name: 'active_cell',
    index: { activeToken: equality({ name: 'active_token', acceptLeakage }) },
  })
  active!: boolean;
  @Encrypted({ type: 'json', name: 'meta_cell', nullable: true }) meta!: unknown;
  @Encrypted({
    type: 'timestamp',
    name: 'seen_cell',
    nullable: true,
    index: { seenYear: year({ name: 'seen_year', acceptLeakage }) },
  })
  seenAt!: Date | null;
  @Encrypted({ type: 'bytes', name: 'photo_cell', nullable: true }) photo!: Uint8Array | null;
  @Encrypted({ type: 'double', name: 'ratio_cell', nullable: true }) ratio!: number | null;
  @Encrypted({
    normalize: 'digits',
    name: 'code_cell',
    nullable: true,
    index: {
      codeToken: unique({ name: 'code_token' }),
      codeLast4: last4({ name: 'code_last4', acceptLeakage }),
    },
  })
  code!: string | null;
  @Encrypted({
    name: 'ref_cell',
    nullable: true,
    index: { refToken: equality({ name: 'ref_token' }) },
  })
  ref!: string | null;
}
