import type { SealedRoot } from '@fieldseal/core';
import type { TpmDevice } from '@fieldseal/root-tpm';
import type {
  Entity,
  TpmClient,
} from '../../../packages/root-tpm/src/command/create-tpm-client.ts';
import { loadObject } from '../../../packages/root-tpm/src/command/object-commands.ts';
import {
  type StorageRootKey,
  withObject,
  withSession,
} from '../../../packages/root-tpm/src/command/session-commands.ts';
import { decodeSlot } from '../../../packages/root-tpm/src/slot/slot-record.ts';
import { withSrk } from '../../../packages/root-tpm/src/slot/with-srk.ts';
import { tpmConnection } from '../../../packages/root-tpm/src/tpm-connection.ts';

/** What an attacker on the machine has: the object of a slot, loaded. */
export interface LoadedSlot {
  readonly client: TpmClient;
  readonly srk: StorageRootKey;
  readonly object: Entity;
}

export async function withLoadedSlot<T>(
  device: TpmDevice,
  slot: SealedRoot,
  use: (loaded: LoadedSlot) => Promise<T>,
): Promise<T | null> {
  const record = decodeSlot(slot);
  if (record === null) throw new TypeError('no slot');
  return tpmConnection({ device })((client) =>
    withSrk(client, record.parentName, async (srk) => {
      const object = await withSession(client, { srk, type: 'hmac' }, (session) =>
        loadObject(client, srk, session, record),
      );
      return withObject(client, object, () => use({ client, srk, object }));
    }),
  );
}
