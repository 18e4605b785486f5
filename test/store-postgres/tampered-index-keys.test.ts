import { type Keyring, type KeyringOptions, openKeyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultEngine } from '../../packages/core/src/cipher/default-engine.node.ts';
import { scopeBytes } from '../../packages/core/src/keyring/key-name.ts';
import { placeOf } from '../../packages/core/src/keys/index-register.ts';
import { lease } from '../keyring/open-keyrings.ts';
import { changesOf, columnsOfSchema, whileChanged } from './change-column.ts';
import { freshDatabase } from './test-database.ts';

const ALIAS = 'alias/kyc';
const INTEGRITY = { code: 'ERR_STORE_INTEGRITY' };
const SPEC = { indexId: 'Customer.aadhaar.equality', kind: 'equality', normalizer: 'digits@1' };
/** After this a cached key is compared with the store. */
const CACHED_MS = 301_000;

/** The token of one value for a tenant: another index key gives another one. */
async function token(keyring: Keyring, tenant: string, alias = ALIAS): Promise<string> {
  const held = await lease(keyring, { index: [{ alias, tenant }] });
  try {
    const mac = held.index(alias, tenant).tokenMac({ ...SPEC, params: new Uint8Array(), tenant });
    return Buffer.from(mac(Buffer.from('123412341234'))).toString('hex');
  } finally {
    held.release();
  }
}

/** What a write needs: data key and index key. */
async function write(keyring: Keyring, tenant: string): Promise<void> {
  const seal = [{ alias: ALIAS, scope: { tenant } }];
  (await lease(keyring, { seal, index: [{ alias: ALIAS, tenant }] })).release();
}

describe('index keys on PostgreSQL, and somebody who can write its tables', () => {
  let url: string;
  let client: Client;
  let options: Omit<KeyringOptions, 'store'>;
  const opened: Keyring[] = [];
  const tokens = new Map<string, string>();

  async function open(more: Partial<KeyringOptions> = {}): Promise<Keyring> {
    const keyring = await openKeyring({ ...options, store: postgresStore(url), ...more });
    opened.push(keyring);
    return keyring;
  }

  const ids = async (): Promise<readonly string[]> => {
    const { rows } = await client.query<{ id: string }>(
      `SELECT encode(id, 'hex') AS id FROM fieldseal.index_key ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  };

  beforeAll(async () => {
    url = await freshDatabase();
    options = {
      roots: [memoryRoot()],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      stagingMs: 0,
    };
    client = new Client({ connectionString: url });
    await client.connect();
    const keyring = await open();
    for (const tenant of ['acme', 'beta']) tokens.set(tenant, await token(keyring, tenant));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((keyring) => keyring.close()));
  });
  afterAll(() => client.end());

  /** Runs something on a changed table of index keys, and puts the table back. */
  async function whileTampered(tampering: string, look: () => Promise<void>): Promise<void> {
    await client.query('DROP TABLE IF EXISTS kept_keys');
    await client.query('CREATE TEMPORARY TABLE kept_keys AS SELECT * FROM fieldseal.index_key');
    await client.query(tampering);
    const before = await ids();
    try {
      await look();
      // whatever happened, nobody made another index key
      expect(await ids()).toEqual(before);
    } finally {
      await client.query('DELETE FROM fieldseal.index_key');
      await client.query('INSERT INTO fieldseal.index_key SELECT * FROM kept_keys');
    }
  }

  async function expectRefused(keyring: Keyring, tenant: string): Promise<void> {
    await expect(token(keyring, tenant)).rejects.toMatchObject(INTEGRITY);
    await expect(write(keyring, tenant)).rejects.toMatchObject(INTEGRITY);
  }

  it('changes any column of a row: refused at once by a new process, by a running one when it looks again', async () => {
    const columns = (await columnsOfSchema(client)).filter(({ table }) => table === 'index_key');
    expect(columns.length).toBeGreaterThan(9);
    for (const each of columns) {
      for (const to of changesOf(each)) {
        const clock = fixedClock();
        const running = await open({ clock });
        await token(running, 'acme');
        const where = `tenant = 'acme'`;
        const what = { table: 'index_key', column: each.column, to, where };
        const before = await ids();
        const isChanged = await whileChanged(client, what, async () => {
          await expectRefused(await open(), 'acme');
          // from memory, and so the right one; never another one
          expect(await token(running, 'acme')).toBe(tokens.get('acme'));
          clock.advance(CACHED_MS);
          await expectRefused(running, 'acme');
          return true;
        });
        expect(isChanged, each.column).toBe(true);
        expect(await ids()).toEqual(before);
        await Promise.all(opened.splice(0).map((keyring) => keyring.close()));
      }
    }
  }, 120_000);

  const OTHER_ID = '\\\\x00112233445566778899aabbccddeeff';
  const bytes = scopeBytes({ tenant: 'fresh' });
  const FRESH = {
    scope: `\\\\x${Buffer.from(bytes).toString('hex')}`,
    place: placeOf(defaultEngine(), bytes),
  };
  const COPY = (changes: string) => `INSERT INTO fieldseal.index_key
SELECT (jsonb_populate_record(k, ${changes})).* FROM fieldseal.index_key AS k WHERE tenant = 'acme'`;

  it.each([
    ['deletes the row', `DELETE FROM fieldseal.index_key WHERE tenant = 'acme'`, ['acme']],
    ['deletes all rows', 'DELETE FROM fieldseal.index_key', ['acme', 'beta', 'fresh']],
    [
      'copies the row to a tenant that has none',
      COPY(`'{"id": "${OTHER_ID}", "scope": "${FRESH.scope}", "place": ${FRESH.place}}'`),
      ['acme', 'fresh'],
    ],
    ['adds another generation of it', COPY(`'{"id": "${OTHER_ID}", "generation": 2}'`), ['acme']],
    [
      'exchanges the rows of two tenants',
      `UPDATE fieldseal.index_key SET generation = 9 WHERE tenant = 'acme';
UPDATE fieldseal.index_key AS k SET (tenant, scope, place) =
  (SELECT o.tenant, o.scope, o.place FROM fieldseal.index_key AS o
    WHERE o.id <> k.id AND o.tenant IN ('acme', 'beta')) WHERE k.tenant IN ('acme', 'beta');
UPDATE fieldseal.index_key SET generation = 1`,
      ['acme', 'beta'],
    ],
  ])('%s: refused', async (_what, tampering, refused) => {
    const clock = fixedClock();
    const running = await open({ clock });
    await token(running, 'acme');
    await whileTampered(tampering, async () => {
      const fresh = await open();
      clock.advance(CACHED_MS);
      for (const tenant of refused) {
        await expectRefused(fresh, tenant);
        await expectRefused(running, tenant);
      }
    });
    expect(await token(await open(), 'acme')).toBe(tokens.get('acme'));
  });

  it('takes the register away as well, or puts an older one back: the store does not open', async () => {
    const keyring = await open();
    await client.query('DROP TABLE IF EXISTS kept_register');
    await client.query(
      'CREATE TEMPORARY TABLE kept_register AS SELECT * FROM fieldseal.index_register',
    );
    tokens.set('gamma', await token(keyring, 'gamma'));
    await client.query(
      'CREATE TEMPORARY TABLE newer_register AS SELECT * FROM fieldseal.index_register',
    );
    const registers = {
      older: 'INSERT INTO fieldseal.index_register SELECT * FROM kept_register',
      none: 'SELECT 1',
    };
    for (const other of Object.values(registers)) {
      await whileTampered(`DELETE FROM fieldseal.index_key WHERE tenant = 'gamma'`, async () => {
        await client.query('DELETE FROM fieldseal.index_register');
        await client.query(other);
        await expect(open()).rejects.toMatchObject(INTEGRITY);
        await client.query('DELETE FROM fieldseal.index_register');
        await client.query('INSERT INTO fieldseal.index_register SELECT * FROM newer_register');
      });
    }
    expect(await token(await open(), 'gamma')).toBe(tokens.get('gamma'));
  });

  it('puts everything back to before an index key was made: the store is rolled back', async () => {
    const keyring = await open();
    const tables = ['head', 'index_register', 'index_key'];
    for (const table of tables) {
      await client.query(`DROP TABLE IF EXISTS older_${table}, newer_${table}`);
      await client.query(
        `CREATE TEMPORARY TABLE older_${table} AS SELECT * FROM fieldseal.${table}`,
      );
    }
    await token(keyring, 'delta');
    const put = async (age: string) => {
      for (const table of tables) {
        await client.query(`DELETE FROM fieldseal.${table}`);
        await client.query(`INSERT INTO fieldseal.${table} SELECT * FROM ${age}_${table}`);
      }
    };
    for (const table of tables) {
      await client.query(
        `CREATE TEMPORARY TABLE newer_${table} AS SELECT * FROM fieldseal.${table}`,
      );
    }
    await put('older');
    await expect(open()).rejects.toMatchObject({ code: 'ERR_STORE_ROLLED_BACK' });
    await put('newer');
    await token(await open(), 'delta');
  });

  it('puts back a row as it was before it was rewrapped: the same key, or none', async () => {
    const keyring = await open();
    await client.query('CREATE TEMPORARY TABLE unwrapped AS SELECT * FROM fieldseal.index_key');
    await keyring.rotateKey(ALIAS);
    for (let next: string | null = (await keyring.rewrapDataKeys({ keyId: ALIAS })).next; next; ) {
      ({ next } = await keyring.rewrapDataKeys({ keyId: ALIAS, after: next }));
    }
    const putBack = `DELETE FROM fieldseal.index_key; INSERT INTO fieldseal.index_key
SELECT * FROM unwrapped`;
    await whileTampered(putBack, async () => {
      expect(await token(await open(), 'acme')).toBe(tokens.get('acme'));
    });
    const [key] = keyring.listKeys();
    await keyring.kms.revokeKeyVersion({ KeyId: key?.keyId ?? '', Version: 1 });
    await whileTampered(putBack, async () => {
      await expect(token(await open(), 'acme')).rejects.toMatchObject({
        code: 'ERR_KEY_VERSION_REVOKED',
      });
    });
    expect(await token(await open(), 'acme')).toBe(tokens.get('acme'));
  });

  it('brings the keys of a shredded tenant back: they stay destroyed', async () => {
    const keyring = await open();
    await write(keyring, 'omega');
    await client.query('CREATE TEMPORARY TABLE whole AS SELECT * FROM fieldseal.index_key');
    await keyring.kms.shred({ Tenant: 'omega' });
    const putBack = `DELETE FROM fieldseal.index_key WHERE tenant = 'omega';
INSERT INTO fieldseal.index_key SELECT * FROM whole WHERE tenant = 'omega'`;
    await whileTampered(putBack, async () => {
      for (const each of [keyring, await open()]) {
        await expect(token(each, 'omega')).rejects.toMatchObject({ code: 'ERR_KEY_DESTROYED' });
      }
    });
    // the erased row is still the one that was registered
    expect(await token(await open(), 'acme')).toBe(tokens.get('acme'));
  });

  it('several processes that need the same first index keys at once get the same ones', async () => {
    const four = await Promise.all([open(), open(), open(), open()]);
    const tenants = Array.from({ length: 25 }, (_, i) => `new-${i}`);
    const made = await Promise.all(
      four.map((keyring) => Promise.all(tenants.map((tenant) => token(keyring, tenant)))),
    );
    for (const each of made) expect(each).toEqual(made[0]);
    expect(new Set(made[0]).size).toBe(tenants.length);
    const { rows } = await client.query(
      `SELECT FROM fieldseal.index_key WHERE tenant LIKE 'new-%'`,
    );
    expect(rows).toHaveLength(tenants.length);
    const fresh = await open();
    expect(await token(fresh, 'new-7')).toBe(made[0]?.[7]);
    expect(await fresh.audit.verify()).toMatchObject({ sound: true });
  });

  it('many tenants are in ranges of their own: one that is broken fails no other', async () => {
    const alias = 'alias/many';
    const keyring = await open();
    const index = Array.from({ length: 200 }, (_, i) => ({ alias, tenant: `many-${i}` }));
    (await lease(keyring, { index })).release();
    const { rows } = await client.query<{ ranges: number }>(
      'SELECT max(octet_length(ranges)) / 20 AS ranges FROM fieldseal.index_register',
    );
    expect(rows[0]?.ranges).toBeGreaterThan(6);
    await whileTampered(`DELETE FROM fieldseal.index_key WHERE tenant = 'many-150'`, async () => {
      const fresh = await open();
      await expect(token(fresh, 'many-150', alias)).rejects.toMatchObject(INTEGRITY);
      let failed = 0;
      for (const { tenant } of index.slice(0, 100)) {
        await token(fresh, tenant, alias).catch((error: unknown) => {
          expect(error).toMatchObject(INTEGRITY);
          failed += 1;
        });
      }
      expect(failed).toBeLessThan(50);
    });
    const fresh = await open();
    (await lease(fresh, { index })).release();
    const made = new Set<string>();
    for (const { tenant } of index) {
      const mine = await token(keyring, tenant, alias);
      expect(await token(fresh, tenant, alias)).toBe(mine);
      made.add(mine);
    }
    expect(made.size).toBe(index.length);
  }, 120_000);
});
