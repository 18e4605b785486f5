import {
  type CreateKeyRequest,
  createMemoryStore,
  type Keyring,
  type KeyringOptions,
  type KeyStore,
  type Kms,
  type Root,
} from '@fieldseal/core';
import { type FixedClock, fixedClock, memoryRoot } from '@fieldseal/testing';
import { expect } from 'vitest';
import { type Insider, insiderOf } from '../insider.ts';
import { openForTest } from '../open-keyrings.ts';

/** A key service with a store, a root and a clock of its own. */
export interface KeyService {
  readonly keyring: Keyring;
  readonly kms: Kms;
  readonly clock: FixedClock;
  readonly store: KeyStore;
  readonly root: Root;
  readonly options: KeyringOptions;
  /** Makes a key; its id. */
  key(request?: CreateKeyRequest): Promise<string>;
  /** Another process over the same store. */
  another(options?: Partial<KeyringOptions>): Promise<Keyring>;
  /** Somebody who writes rows with valid MACs. */
  insider(): Promise<Insider>;
}

export const START = new Date('2026-01-01T00:00:00Z');
export const DAY_MS = 86_400_000;

export async function keyService(given: Partial<KeyringOptions> = {}): Promise<KeyService> {
  const clock = fixedClock(START);
  const store = given.store ?? createMemoryStore();
  const root = memoryRoot();
  const options: KeyringOptions = {
    clock,
    roots: [root],
    environment: 'test',
    development: true,
    stagingMs: 60_000,
    ...given,
    store,
  };
  const keyring = await openForTest(options);
  return {
    keyring,
    kms: keyring.kms,
    clock,
    store,
    root,
    options,
    async key(request) {
      const { KeyMetadata } = await keyring.kms.createKey(request);
      return KeyMetadata.KeyId;
    },
    another: (more = {}) => openForTest({ ...options, ...more }),
    insider: () => insiderOf(store, root),
  };
}

/** An error of this code; compares `meta` only when it is given. */
export function refusal(code: string, meta?: object) {
  return expect.objectContaining({
    code,
    ...(meta === undefined ? {} : { meta: expect.objectContaining(meta) }),
  });
}

/** What a call comes to: `ok`, or the code of its refusal. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
