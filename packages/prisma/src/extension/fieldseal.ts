import { createFieldCodec, currentScope, type FieldCodecOptions } from '@fieldseal/core';
import type { PrismaManifest } from '../manifest/prisma-manifest.ts';
import { createExtension, type FieldsealExtension } from './create-extension.ts';

export interface FieldsealOptions extends Omit<FieldCodecOptions, 'manifest'> {
  /** From the module that `prisma generate` wrote. */
  readonly manifest: PrismaManifest;
}

/**
 * The Prisma extension: sealed fields are sealed on the way in and opened on the way out, and
 * conditions on them are asked of their token columns. Add it last, so that it stands closest to
 * the database and every other extension sees plain values.
 *
 * Nothing is checked before the first operation on a sealed field; call `$fieldseal.ready()` at
 * start-up to learn earlier that client, database and key store fit together.
 *
 * @param options - `keyring` and `manifest`; `normalizers` and `partFunctions` that the
 * annotations name; `ambientScope` where the application keeps its own instead of `withScope`.
 * @throws `ERR_MANIFEST_INVALID`, `ERR_CONFIG_INVALID`
 *
 * @example
 * ```ts
 * import { PrismaPg } from '@prisma/adapter-pg';
 * import { fieldseal } from '@fieldseal/prisma';
 * import { manifest } from './generated/fieldseal/index.js';
 * import { PrismaClient } from './generated/client/client.js';
 *
 * const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
 * const prisma = new PrismaClient({ adapter }).$extends(fieldseal({ keyring, manifest }));
 * await prisma.card.findUnique({ where: { number: '4111 1111 1111 1111' } });
 * ```
 */
export function fieldseal(options: FieldsealOptions): FieldsealExtension {
  const { manifest, ambientScope: ambient = currentScope } = options;
  return createExtension({ codec: createFieldCodec(options), manifest, ambient });
}
