import type { TpmClient } from '../command/create-tpm-client.ts';
import { createPrimary, readPublic } from '../command/object-commands.ts';
import { type StorageRootKey, withObject } from '../command/session-commands.ts';
import { isResponse } from '../command/tpm-response-code.ts';
import { nameOf, SRK_TEMPLATES, srkPoint } from '../marshalling/public-area.ts';

/** Where systemd, tpm2-tools and go-tpm keep a storage root key, if one was made persistent. */
const PERSISTENT = [0x81000001, 0x81000002];

function srkOf(handle: number, publicArea: Buffer): StorageRootKey | undefined {
  const point = srkPoint(publicArea);
  if (point === null) return undefined;
  return { handle, name: nameOf(publicArea), publicArea, point };
}

async function readPersistent(
  client: TpmClient,
  handle: number,
): Promise<StorageRootKey | undefined> {
  try {
    return srkOf(handle, await readPublic(client, handle));
  } catch (error) {
    if (isResponse(error, 'HANDLE')) return undefined;
    throw error;
  }
}

/**
 * Lends the storage root key with a certain name, or the first that there is. A persistent one is
 * taken where it is; else it is derived for the time of the call. Nothing is written to the TPM.
 *
 * @returns `null` when this TPM has no such key
 */
export async function withSrk<T>(
  client: TpmClient,
  name: Buffer | undefined,
  use: (srk: StorageRootKey) => Promise<T>,
): Promise<T | null> {
  const isWanted = (srk: StorageRootKey): boolean => name === undefined || srk.name.equals(name);
  for (const handle of PERSISTENT) {
    const srk = await readPersistent(client, handle);
    if (srk !== undefined && isWanted(srk)) return use(srk);
  }
  for (const template of SRK_TEMPLATES) {
    const made = await createPrimary(client, template);
    const found = await withObject(client, { ...made, name: nameOf(made.publicArea) }, async () => {
      const srk = srkOf(made.handle, made.publicArea);
      return srk !== undefined && isWanted(srk) ? { result: await use(srk) } : undefined;
    });
    if (found !== undefined) return found.result;
  }
  return null;
}
