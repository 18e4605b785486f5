import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keyring, type KeyringOptions, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { buildPackages, type OtherProcess, otherProcess } from './other-process.ts';
import { freshDatabase } from './test-database.ts';

/** One store that keyrings here and in other processes open; each test has its own. */
export interface SharedKeys {
  readonly url: string;
  /** Of the development root. */
  readonly rootPath: string;
  /** Another process that has not opened its keyring yet. */
  start(options?: object): Promise<OtherProcess>;
  openHere(options?: Partial<KeyringOptions>): Promise<Keyring>;
  /** Goes on with another empty database. */
  renew(): Promise<void>;
}

/** To be called where the tests of a file are described: it sets up and tears down. */
export function sharedKeys(alias: string): SharedKeys {
  let folder = '';
  let url = '';
  const processes: OtherProcess[] = [];
  const keyrings: Keyring[] = [];
  const rootPath = (): string => join(folder, 'dev-root');

  beforeAll(buildPackages, 120_000);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fieldseal-keys-'));
    url = await freshDatabase();
  });
  afterEach(async () => {
    for (const { child } of processes.splice(0)) child.kill('SIGKILL');
    await Promise.all(keyrings.splice(0).map((keyring) => keyring.close()));
    await rm(folder, { recursive: true });
  });

  return {
    get url() {
      return url;
    },
    get rootPath() {
      return rootPath();
    },
    async start(options = {}) {
      const argument = JSON.stringify({ url, rootPath: rootPath(), alias, ...options });
      const started = await otherProcess('keyring-process.mjs', [argument]);
      processes.push(started);
      return started;
    },
    async openHere(options = {}) {
      const keyring = await openKeyring({
        store: postgresStore(url),
        roots: [devFileRoot({ path: rootPath() })],
        environment: 'dev',
        development: true,
        createMissingAliases: true,
        pollIntervalMs: 100,
        ...options,
      });
      keyrings.push(keyring);
      return keyring;
    },
    async renew() {
      url = await freshDatabase();
    },
  };
}
