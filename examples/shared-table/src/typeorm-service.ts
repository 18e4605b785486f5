import type { Keyring } from '@fieldseal/core';
import { Encrypted, fieldseal, unique } from '@fieldseal/typeorm';
import { DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { AccountService } from './account-service.ts';

/** The same table as in prisma/schema.prisma. Both name the key. */
@Entity('accounts')
@Encrypted.defaults({ key: 'alias/kyc' })
export class Account {
  @PrimaryGeneratedColumn('uuid') id!: string;

  @Encrypted() holder!: string;

  @Encrypted({ normalize: 'digits', index: { numberToken: unique({ name: 'number_token' }) } })
  number!: string;
}

/** A service that reaches the table by TypeORM. It is the one that makes the table. */
export async function typeormService(url: string, keyring: Keyring): Promise<AccountService> {
  const dataSource = fieldseal(
    new DataSource({ type: 'postgres', url, entities: [Account], synchronize: true }),
    { keyring },
  );
  await dataSource.initialize();
  const accounts = dataSource.getRepository(Account);
  return {
    open: (holder, number) => accounts.save({ holder, number }),
    find: (number) => accounts.findOneBy({ number }),
    close: () => dataSource.destroy(),
  };
}
