import type { Keyring } from '@fieldseal/core';
import { fieldseal } from '@fieldseal/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import type { AccountService } from './account-service.ts';
import { PrismaClient } from './generated/client/client.ts';
import { manifest } from './generated/fieldseal/index.ts';

/** A service that reaches the table by Prisma; what is sealed stands in prisma/schema.prisma. */
export function prismaService(url: string, keyring: Keyring): AccountService {
  const adapter = new PrismaPg({ connectionString: url });
  const prisma = new PrismaClient({ adapter }).$extends(fieldseal({ keyring, manifest }));
  return {
    open: (holder, number) => prisma.account.create({ data: { holder, number } }),
    find: (number) => prisma.account.findUnique({ where: { number } }),
    close: () => prisma.$disconnect(),
  };
}
