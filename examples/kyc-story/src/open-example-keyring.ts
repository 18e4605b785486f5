import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';

/** A key for each alias that the models name. */
async function createKeys(keyring: Keyring): Promise<void> {
  const known = new Set(keyring.listKeys().flatMap((key) => key.aliases));
  for (const alias of ['alias/kyc', 'alias/cards']) {
    if (known.has(alias)) continue;
    const { keyId } = await keyring.createKey({ description: `Fields under ${alias}` });
    await keyring.createAlias(alias, keyId);
  }
}

/**
 * The keyring of an application, with its store in the application's own database. The root key lies
 * in a temporary file, as an example may; see docs/keys.md for production.
 */
export async function openExampleKeyring(
  url: string,
): Promise<{ readonly keyring: Keyring; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldseal-kyc-'));
  const keyring = await openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: join(folder, 'root') })],
    environment: 'dev',
    development: true,
  });
  await createKeys(keyring);
  return {
    keyring,
    async close() {
      await keyring.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
