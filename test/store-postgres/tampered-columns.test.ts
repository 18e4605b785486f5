import { FieldsealError, type Keyring, openKeyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALIAS, fullStore } from '../keyring/full-store.ts';
import { FIELD, lease, sealText } from '../keyring/open-keyrings.ts';
import { changesOf, columnsOfSchema, whileChanged } from './change-column.ts';
import { freshDatabase } from './test-database.ts';

const SCOPE = { tenant: 't1', subject: 's1' };
const UNCHANGED = 'nothing is any different';
/** The field that reads such a cell refuses it. */
const MISSING = 'no such data key';

/** What may be changed without being found, and why it does not matter. */
const HARMLESS: Readonly<Record<string, string>> = {
  'migration.name': 'for people: what was run is told by its number and checksum',
  'migration.applied_at': 'for people: nothing is decided by it',
};

const REFUSAL = 'the database refuses it';

/** What a CHECK keeps from being changed. */
const REFUSED = ['head.singleton', 'migration.serves_from'];

/** The trail has its own ways of being changed, and its own tests: test/audit/verify.test.ts. */
const AUDIT = ['audit_entry', 'audit_checkpoint'];

/** Which rows to change the first of; elsewhere one is as good as any other. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  data_key: [`state = 'ACTIVE'`, `state <> 'ACTIVE'`],
  key_version: [`state = 'PRIMARY'`, `state = 'DECRYPT_ONLY'`],
};

interface Cell {
  readonly id: string;
  readonly cell: string;
}

/** What the store is for: cells open, tokens are the same, and so is what is sealed under. */
async function use(keyring: Keyring, cells: readonly Cell[]): Promise<readonly string[]> {
  const held = await lease(keyring, {
    seal: [{ alias: ALIAS, scope: SCOPE }],
    open: cells.map(({ id }) => id),
    index: [{ alias: ALIAS, tenant: 't1' }],
  });
  try {
    const spec = { indexId: 'i', kind: 'equality', normalizer: 'digits@1', tenant: 't1' };
    const mac = held.index(ALIAS, 't1').tokenMac({ ...spec, params: new Uint8Array() });
    return [
      Buffer.from(mac(Buffer.from('1234'))).toString('hex'),
      ...cells.map(({ id, cell }) => {
        const key = held.opening(id);
        return key === undefined ? MISSING : String(key.cipher(FIELD, 2).openText(cell));
      }),
      `data key ${Buffer.from(held.sealing(ALIAS, SCOPE).id, 'latin1').toString('hex')}`,
    ];
  } finally {
    held.release();
  }
}

/** What is allowed to come of a change. */
function mayBe(name: string): RegExp {
  if (name in HARMLESS) return new RegExp(`^${UNCHANGED}$`);
  if (REFUSED.includes(name)) return new RegExp(`^${REFUSAL}$`);
  if (name === 'data_key.id') return new RegExp(`^(ERR_STORE_INTEGRITY|${MISSING})$`);
  return /^ERR_(STORE_|WRONG_ROOT$)/;
}

describe('one column of one row, changed by somebody who can write the tables', () => {
  let url: string;
  let client: Client;
  let look: () => Promise<readonly string[]>;
  let expected: readonly string[];

  beforeAll(async () => {
    url = await freshDatabase();
    client = new Client({ connectionString: url });
    await client.connect();
    const { options, dataKeyId, cell, keyring } = await fullStore(postgresStore(url));
    const cells = [{ id: dataKeyId, cell }, await sealText(keyring, ALIAS, 'y', SCOPE)];
    await keyring.close();
    look = async () => {
      const fresh = await openKeyring({ ...options, store: postgresStore(url) });
      try {
        return await use(fresh, cells);
      } finally {
        await fresh.close();
      }
    };
    expected = await look();
  });
  afterAll(() => client.end());

  /** What a new process makes of the store while a column is changed. */
  async function outcomeOf(change: Parameters<typeof whileChanged>[1]): Promise<string> {
    const seen = await whileChanged(client, change, () =>
      look().catch((error: unknown) => {
        if (error instanceof FieldsealError) return error.code;
        throw error;
      }),
    );
    if (seen === undefined) return REFUSAL;
    if (typeof seen === 'string') return seen;
    if (seen.includes(MISSING)) return MISSING;
    return JSON.stringify(seen) === JSON.stringify(expected) ? UNCHANGED : 'SILENTLY OTHER';
  }

  it('is found, whatever column of whatever table it is, or changes nothing', async () => {
    expect(expected).toEqual(expect.arrayContaining(['x', 'y']));
    const columns = await columnsOfSchema(client);
    for (const each of columns.filter(({ table }) => !AUDIT.includes(table))) {
      const { table, column } = each;
      const changes = (ROWS[table] ?? ['true']).flatMap((rows) =>
        changesOf(each).map((to) => ({
          to,
          where: `ctid = (SELECT min(ctid) FROM fieldseal."${table}" WHERE ${rows})`,
        })),
      );
      const outcomes: string[] = [];
      for (const change of changes) outcomes.push(await outcomeOf({ table, column, ...change }));
      // a NULL cannot be made of one; another value can
      const made = each.nullable ? outcomes.filter((outcome) => outcome !== REFUSAL) : outcomes;
      expect(made.length, column).toBeGreaterThan(0);
      for (const outcome of made) expect(outcome, column).toMatch(mayBe(`${table}.${column}`));
    }
    expect(await look()).toEqual(expected);
  }, 300_000);
});
