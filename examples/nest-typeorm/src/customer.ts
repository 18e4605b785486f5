import { Encrypted, equality } from '@fieldseal/typeorm';
import { Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('customers')
@Encrypted.defaults({ key: 'alias/kyc' })
export class Customer {
  @PrimaryGeneratedColumn('uuid') id!: string;

  @Encrypted() name!: string;

  @Encrypted({ normalize: 'digits', index: { aadhaarToken: equality() } })
  aadhaar!: string;
}
