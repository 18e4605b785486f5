import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  initKeyStore,
  type Keyring,
  type KeyringOptions,
  openKeyring,
  type Root,
} from '@fieldseal/core';
import { devFileRoot, fileAnchor } from '@fieldseal/core/node';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activeDataKey, lease } from '../keyring/open-keyrings.ts';
import { productionRoot } from '../keyring/production-root.ts';
import { freshDatabase, sql } from './test-database.ts';

const ALIAS = 'alias/kyc';
const WRONG_ROOT = { code: 'ERR_WRONG_ROOT' };
const THEIRS = 'theirs';

type Options = Omit<KeyringOptions, 'store'>;

describe('a store that somebody put in the place of ours, sealed to our own root', () => {
  let folder: string;
  let url: string;
  let development: Options;
  const keyrings: Keyring[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fieldseal-swapped-'));
    url = await freshDatabase();
    for (const schema of ['fieldseal', THEIRS]) {
      await migratePostgresStore({ connectionString: url, schema });
    }
    development = {
      roots: [devFileRoot({ path: join(folder, 'root') })],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      pollIntervalMs: 100,
    };
  });
  afterEach(async () => {
    await Promise.all(keyrings.splice(0).map((keyring) => keyring.close()));
    await rm(folder, { recursive: true });
  });

  async function open(options: Options, schema = 'fieldseal'): Promise<Keyring> {
    const store = postgresStore({ connectionString: url, schema });
    try {
      const keyring = await openKeyring({ ...options, store });
      keyrings.push(keyring);
      return keyring;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Ours and theirs, each with a key and a data key, of one root; ours is in use. */
  async function both(changes: { readonly ours?: number; readonly theirs?: number } = {}) {
    const theirs = await open(development, THEIRS);
    await activeDataKey(theirs, ALIAS);
    for (let n = 0; n < (changes.theirs ?? 0); n += 1) await theirs.createKey();
    await theirs.close();
    const ours = await open(development);
    for (let n = 0; n < (changes.ours ?? 0); n += 1) await ours.createKey();
    const cell = await activeDataKey(ours, ALIAS);
    return { ours, theirs, cell };
  }

  async function tables(): Promise<readonly string[]> {
    const found = await sql(
      url,
      `SELECT tablename FROM pg_tables WHERE schemaname = 'fieldseal' AND tablename <> 'migration'`,
    );
    return found.map(({ tablename }) => String(tablename)).toSorted();
  }

  /** As anybody does who may write the database. */
  async function swap(names?: readonly string[]): Promise<void> {
    const moved = (names ?? (await tables())).map(
      (name) =>
        `DELETE FROM fieldseal.${name}; INSERT INTO fieldseal.${name} TABLE ${THEIRS}.${name};`,
    );
    await sql(url, `BEGIN; ${moved.join(' ')} COMMIT;`);
  }

  async function content(): Promise<string> {
    const all = (await tables()).map((name) => sql(url, `TABLE fieldseal.${name}`));
    return JSON.stringify(await Promise.all(all));
  }

  it('is ERR_WRONG_ROOT by the pin, and nothing is written into it', async () => {
    const { ours } = await both();
    await ours.close();
    await swap();
    const before = await content();
    await expect(open({ ...development, pin: ours.pin })).rejects.toMatchObject(WRONG_ROOT);
    expect(await content()).toBe(before);
  });

  it('is ERR_WRONG_ROOT by the anchor of a host that saw ours, also without a pin', async () => {
    const anchor = fileAnchor({ path: join(folder, 'anchor') });
    const { ours } = await both();
    await ours.close();
    await (await open({ ...development, anchor })).close();
    await swap();
    const before = await content();
    await expect(open({ ...development, anchor })).rejects.toMatchObject(WRONG_ROOT);
    expect(await content()).toBe(before);
  });

  it('would be taken for ours without either, which is why production asks for the pin', async () => {
    const { ours, theirs } = await both();
    await ours.close();
    await swap();
    expect((await open(development)).pin).toBe(theirs.pin);
    expect(theirs.pin).not.toBe(ours.pin);
  });

  it.each([
    ['an older', { ours: 1 }],
    ['a later', { theirs: 1 }],
  ])('in %s state is found by a process that runs, which uses no key any more', async (_, made) => {
    const { ours, cell } = await both(made);
    // so that the process can write its end into its own trail
    await swap((await tables()).filter((name) => !name.startsWith('audit_')));
    const uses = () =>
      Promise.all(
        [{ open: [cell] }, { seal: [{ alias: ALIAS, scope: {} }] }].map((request) =>
          lease(ours, request).then(
            (held) => {
              held.release();
              return 'lent';
            },
            ({ code }: { code: string }) => code,
          ),
        ),
      );
    await expect.poll(uses, { timeout: 10_000 }).not.toContain('lent');
    expect(await uses()).toEqual(['ERR_STORE_INTEGRITY', 'ERR_STORE_INTEGRITY']);
    await expect(ours.createKey()).rejects.toMatchObject({ code: 'ERR_STORE_INTEGRITY' });
  });

  it.each(['head', 'slot', 'store_key', 'key', 'key_version', 'alias'])(
    'is refused as well when only its %s is put there',
    async (table) => {
      const { ours } = await both();
      await ours.close();
      await swap([table]);
      await expect(open({ ...development, pin: ours.pin })).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(WRONG_ROOT|STORE_INTEGRITY)$/),
      });
    },
  );

  it('is refused in production without a pin before it is read, and with ours', async () => {
    const root: Root = productionRoot();
    const production = { roots: [root], environment: 'prod', principal: 'service/api' };
    const pins: string[] = [];
    for (const schema of ['fieldseal', THEIRS]) {
      const store = postgresStore({ connectionString: url, schema });
      const init = { roots: [root], environment: 'prod', store, acceptLoss: 'a test' };
      pins.push((await initKeyStore(init)).pin);
      await store.close();
    }
    const [pin = '', theirs = ''] = pins;
    await (await open({ ...production, pin })).close();
    await swap();
    const before = await content();
    await expect(open({ ...production, pin })).rejects.toMatchObject(WRONG_ROOT);
    const unpinned = open(production as Options);
    await expect(unpinned).rejects.toMatchObject({ code: 'ERR_PIN_REQUIRED' });
    expect(await content()).toBe(before);
    // the device opens it: nothing but the pin tells the two apart
    expect((await open({ ...production, pin: theirs })).pin).toBe(theirs);
  });
});
