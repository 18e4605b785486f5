import { type Keyring, type KeyringOptions, openKeyring } from '@fieldseal/core';
import { afterEach } from 'vitest';
import { doorOf } from '../../packages/core/src/keyring/door-of.ts';
import type { KeyLease, KeyRequest, Scope } from '../../packages/core/src/keyring/key-door.ts';

const keyrings: Keyring[] = [];

/** Opens a keyring that is closed after the test. */
export async function openForTest(options: KeyringOptions): Promise<Keyring> {
  const keyring = await openKeyring(options);
  keyrings.push(keyring);
  return keyring;
}

/** To be called once by each test file. */
export function closeKeyringsAfterEach(): void {
  afterEach(async () => {
    await Promise.all(keyrings.splice(0).map((keyring) => keyring.close()));
  });
}

export function lease(keyring: Keyring, request: Omit<KeyRequest, 'operation'>): Promise<KeyLease> {
  return doorOf(keyring).lease({ operation: 'test', ...request });
}

/** Id of the data key that a write would use now. */
export async function activeDataKey(
  keyring: Keyring,
  alias: string,
  scope: Scope = {},
): Promise<string> {
  const held = await lease(keyring, { seal: [{ alias, scope }] });
  const { id } = held.sealing(alias, scope);
  held.release();
  return id;
}

/** A field, its cell under a keyring's active data key, and the key's id. */
export async function sealText(
  keyring: Keyring,
  alias: string,
  value: string,
  scope: Scope = {},
): Promise<{ readonly id: string; readonly cell: string }> {
  const held = await lease(keyring, { seal: [{ alias, scope }] });
  const key = held.sealing(alias, scope);
  const cell = key.cipher(FIELD, 2).sealText(value);
  held.release();
  return { id: key.id, cell };
}

export const FIELD = { fieldId: 'Customer.note', type: 'string', bound: false } as const;
