import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** The table as the application had it before anything was sealed. */
@Entity('records')
export class PlainRecord {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', name: 'tenant_id' }) tenantId!: string;
  @Column('text') label!: string;
  @Column('date', { nullable: true }) dob!: string | null;
  @Column('int') visits!: number;
  @Column('bigint', { nullable: true }) balance!: string | null;
  @Column('numeric', { precision: 12, scale: 2, nullable: true }) amount!: string | null;
  @Column('boolean', { default: true }) active!: boolean;
  @Column('jsonb', { nullable: true }) meta!: unknown;
  @Column('timestamptz', { name: 'seen_at', nullable: true }) seenAt!: Date | null;
  @Column('bytea', { nullable: true }) photo!: Buffer | null;
  @Column('float8', { nullable: true }) ratio!: number | null;
  @Column('varchar', { length: 20, nullable: true, unique: true }) code!: string | null;
  @Column('uuid', { nullable: true }) ref!: string | null;
}
