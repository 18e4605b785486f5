import { fileURLToPath } from 'node:url';
import type { Keyring } from '@fieldseal/core';
import { fieldseal } from '@fieldseal/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client/client.ts';
import { manifest } from './generated/fieldseal/index.ts';

export const SCHEMA: string = fileURLToPath(new URL('schema.prisma', import.meta.url));

function extend(client: PrismaClient, keyring: Keyring) {
  return client.$extends(fieldseal({ keyring, manifest }));
}

export type SealedClient = ReturnType<typeof extend>;
export type PrismaHelpers = SealedClient['$fieldseal'];

/** A client with the extension. */
export function openPrisma(url: string, keyring: Keyring): SealedClient {
  return extend(new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) }), keyring);
}
