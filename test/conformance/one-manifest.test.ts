import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Manifest } from '@fieldseal/core';
import type { PrismaManifest } from '@fieldseal/prisma';
import { Encrypted, equality, last4, unique, year } from '@fieldseal/typeorm';
import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSchema } from '../../packages/typeorm/src/model/metadata.fake.ts';
import { HEAD, runGenerator, writeProject } from '../generator/run-generator.ts';

const SCHEMA = `
/// @encrypted(key: "alias/kyc", scope: tenantId)
model Customer {
  id           String    @id @default(uuid()) @db.Uuid
  tenantId     String    @map("tenant_id")
  name         String    @map("full_name") @db.VarChar(500) /// @encrypted
  aadhaar      String?   /// @encrypted(normalize: digits, suite: 1)
  aadhaarToken Bytes?    @map("aadhaar_token") /// @token(aadhaar)
  dob          Bytes?    /// @encrypted(type: date, key: "alias/dates")
  dobYear      Bytes?    /// @token(dob, year, acceptLeakage: "age groups")
  cards        Card[]

  @@unique([tenantId, aadhaarToken])
  @@index([dobYear])
  @@map("customers")
}

model Card {
  id          BigInt   @id @default(autoincrement())
  customerId  String   @db.Uuid
  customer    Customer @relation(fields: [customerId], references: [id])
  number      String   /// @encrypted(normalize: digits, id: "card-number", pad: 32)
  numberToken Bytes    @unique /// @token(number, id: "card-index")
  numberLast4 Bytes    /// @token(number, last4, acceptLeakage: "support")

  @@index([numberLast4])
  @@map("cards")
}

model Limit {
  tenantId String
  no       Int
  amount   String @db.VarChar(255) /// @encrypted(type: decimal, bind: field)
  reason   String? /// @encrypted(type: json, scope: tenantId)

  @@id([tenantId, no])
}
`;

@Entity('customers')
@Encrypted.defaults({ key: 'alias/kyc', scope: 'tenantId' })
@Unique(['tenantId', 'aadhaarToken'])
class Customer {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text', { name: 'tenant_id' }) tenantId!: string;
  @Encrypted() @Column('varchar', { name: 'full_name', length: 500 }) name!: string;
  @Encrypted({
    normalize: 'digits',
    suite: 1,
    nullable: true,
    index: { aadhaarToken: equality({ name: 'aadhaar_token' }) },
  })
  aadhaar!: string | null;
  @Column('bytea', { nullable: true })
  @Encrypted({
    type: 'date',
    key: 'alias/dates',
    index: { dobYear: year({ acceptLeakage: 'age groups' }) },
  })
  dob!: Date | null;
}

@Entity('cards')
class Card {
  @PrimaryGeneratedColumn({ type: 'bigint' }) id!: string;
  @ManyToOne(() => Customer) @JoinColumn({ name: 'customerId' }) customer!: Customer;
  @Encrypted({
    normalize: 'digits',
    id: 'card-number',
    pad: 32,
    index: {
      numberToken: unique({ id: 'card-index' }),
      numberLast4: last4({ acceptLeakage: 'support' }),
    },
  })
  number!: string;
}

@Entity('Limit')
class Limit {
  @PrimaryColumn('text') tenantId!: string;
  @PrimaryColumn('int') no!: number;
  @Encrypted({ type: 'decimal', bind: 'field', length: 255 }) amount!: string;
  @Encrypted({ type: 'json', scope: 'tenantId', nullable: true }) reason!: unknown;
}

describe('the manifest of tables that both ORMs write', () => {
  let fromPrisma: PrismaManifest;
  let fromTypeorm: Manifest;
  beforeAll(async () => {
    const run = await runGenerator(writeProject({ 'schema.prisma': HEAD + SCHEMA }));
    expect(run.output).toContain('Customer.aadhaar');
    const path = join(run.folder, 'generated', 'fieldseal', 'index.js');
    ({ manifest: fromPrisma } = (await import(pathToFileURL(path).href)) as {
      manifest: PrismaManifest;
    });
    fromTypeorm = (await readSchema(Customer, Card, Limit)).manifest;
  }, 60_000);

  test('is the same, whoever makes it, but for the name of the adapter', () => {
    expect(fromTypeorm.models).toEqual(fromPrisma.models);
    expect(fromTypeorm.adapter).toBe('typeorm');
  });

  test('binds to rows only what both can bind', () => {
    const bound = fromTypeorm.models.flatMap(({ fields }) =>
      fields.map(({ id, bind }) => [id, bind]),
    );
    expect(Object.fromEntries(bound)).toEqual({
      'customers.full_name': 'row',
      'customers.aadhaar': 'row',
      'customers.dob': 'row',
      'card-number': 'field',
      'Limit.amount': 'field',
      'Limit.reason': 'row',
    });
  });
});
