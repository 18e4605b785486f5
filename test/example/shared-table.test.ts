import { testKeyring } from '@fieldseal/testing';
import { Encrypted, fieldseal, unique } from '@fieldseal/typeorm';
import { DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { expect, it } from 'vitest';
import { prismaService } from '../../examples/shared-table/src/prisma-service.ts';
import { shareTable } from '../../examples/shared-table/src/share-table.ts';
import { typeormService } from '../../examples/shared-table/src/typeorm-service.ts';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';

it('Prisma and TypeORM read and find what the other wrote, and leave no plaintext', async () => {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const { byTypeorm, byPrisma } = await shareTable(url);
  expect(byTypeorm).toMatchObject({ holder: 'Asha Rao', number: '1000 2000 3000' });
  expect(byPrisma).toMatchObject({ holder: 'Asha Rao', number: '4000 5000 6000' });
  const secrets = ['Asha Rao', '1000 2000 3000', '100020003000', '400050006000'];
  expect(await huntPlaintext({ server, url, secrets })).toEqual([]);
});

@Entity('accounts')
class AccountOfAnotherKey {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Encrypted() holder!: string;
  @Encrypted({ normalize: 'digits', index: { numberToken: unique({ name: 'number_token' }) } })
  number!: string;
}

it('a service that names another key is refused instead of finding nothing', async () => {
  const url = await (await startPostgres()).createDatabase();
  const keyring = await testKeyring();
  const typeorm = await typeormService(url, keyring);
  const prisma = prismaService(url, keyring);
  await prisma.open('Asha Rao', '1000 2000 3000');
  expect(await typeorm.find('100020003000')).toMatchObject({ holder: 'Asha Rao' });

  const other = fieldseal(
    new DataSource({ type: 'postgres', url, entities: [AccountOfAnotherKey] }),
    { keyring },
  );
  await other.initialize();
  await expect(
    other.getRepository(AccountOfAnotherKey).findOneBy({ number: '100020003000' }),
  ).rejects.toMatchObject({ code: 'ERR_MANIFEST_MISMATCH' });
  for (const service of [typeorm, prisma]) await service.close();
  await other.destroy();
  await keyring.close();
});
