import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import type { Account, AccountService } from './account-service.ts';
import { prismaService } from './prisma-service.ts';
import { typeormService } from './typeorm-service.ts';

/** Each service is a process of its own in real life, so each has a keyring of its own. */
function openServiceKeyring(url: string, folder: string): Promise<Keyring> {
  return openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: join(folder, 'root') })],
    environment: 'dev',
    development: true,
  });
}

/** Found by a service that did not write it. */
async function written(by: AccountService, other: AccountService, number: string) {
  await by.open('Asha Rao', number);
  const account = await other.find(number.replaceAll(' ', ''));
  if (account === null) throw new Error('The other service does not find the account');
  return account;
}

/**
 * Two services over one table of an empty database.
 * @returns what TypeORM read of a row that Prisma wrote, and the other way round
 */
export async function shareTable(
  url: string,
): Promise<{ readonly byTypeorm: Account; readonly byPrisma: Account }> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldseal-shared-'));
  const first = await openServiceKeyring(url, folder);
  const { keyId } = await first.createKey({ description: 'Fields under alias/kyc' });
  await first.createAlias('alias/kyc', keyId);
  const second = await openServiceKeyring(url, folder);

  const typeorm = await typeormService(url, first);
  const prisma = prismaService(url, second);
  try {
    return {
      byTypeorm: await written(prisma, typeorm, '1000 2000 3000'),
      byPrisma: await written(typeorm, prisma, '4000 5000 6000'),
    };
  } finally {
    await typeorm.close();
    await prisma.close();
    await first.close();
    await second.close();
    await rm(folder, { recursive: true, force: true });
  }
}
