import { createMemoryStore, type KeyRow } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import {
  DATA_KEY_STATE_TABLE,
  DATA_KEY_STATES,
  type DataKeyState,
  type DataKeyUse,
} from '../../../packages/core/src/keys/key-states.ts';
import { readDataKeys } from '../insider.ts';
import { activeDataKey, closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { keyService, outcome } from './key-service.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const ACME = { tenant: 'acme' };

/** The row of a data key of one tenant is in a state, and its MAC is right. */
async function dataKeyIn(state: string) {
  const service = await keyService({ store: createMemoryStore() });
  const { kms, key, keyring, store, another } = service;
  const keyId = await key();
  await kms.createAlias({ AliasName: ALIAS, TargetKeyId: keyId });
  const { id } = await sealText(keyring, ALIAS, 'x', ACME);
  await keyring.rotateKey(keyId);
  const under = await activeDataKey(keyring, ALIAS, ACME);
  const stored = async (which: string): Promise<KeyRow> => {
    const [row] = await readDataKeys(store, which);
    if (row === undefined) throw new RangeError('There is no such row');
    return row;
  };
  const set = async (which: string): Promise<void> => {
    const row = await stored(which);
    const changed = (await service.insider()).altered(row, { state });
    await store.replaceKeys([{ row: changed, expectedMac: row.rowMac }]);
  };
  // one under the primary version, and one under an older version
  await set(under);
  await set(id);
  return { ...service, keyId, former: id, current: under, stored, fresh: await another() };
}

type Prepared = Awaited<ReturnType<typeof dataKeyIn>>;

/** What each use comes to, by what can be seen of it. */
const USES: Readonly<Record<DataKeyUse, (prepared: Prepared) => Promise<boolean>>> = {
  seal: async ({ fresh, current }) => (await activeDataKey(fresh, ALIAS, ACME)) === current,
  open: async ({ fresh, current }) => (await outcome(lease(fresh, { open: [current] }))) === 'ok',
  async rewrap({ keyring, keyId, former, stored }) {
    await keyring.rewrapDataKeys({ keyId });
    return (await stored(former)).columns.key_version === 2;
  },
  async shred({ kms, current, stored }) {
    const { wrapped } = (await stored(current)).columns;
    await kms.shred({ Tenant: 'acme' });
    const { columns } = await stored(current);
    return columns.state === 'SHREDDED' && !same(columns.wrapped, wrapped);
  },
};

function same(a: unknown, b: unknown): boolean {
  return Buffer.from(a as Uint8Array).equals(Buffer.from(b as Uint8Array));
}

const PAIRS = Object.keys(DATA_KEY_STATE_TABLE).flatMap((use) =>
  DATA_KEY_STATES.map((state) => [use as DataKeyUse, state] as const),
);

describe('a data key', () => {
  it('is tried for every use and state of the table', () => {
    expect(PAIRS).toHaveLength(4 * 5);
    expect(Object.keys(USES).toSorted()).toEqual(Object.keys(DATA_KEY_STATE_TABLE).toSorted());
  });

  it.each(PAIRS)('does %s, or does not, when it is %s, as the table says', async (use, state) => {
    const prepared = await dataKeyIn(state);
    expect(await USES[use](prepared)).toBe(DATA_KEY_STATE_TABLE[use][state] === 'ok');
  });

  it.each(DATA_KEY_STATES)('that is %s opens with the code of the table', async (state) => {
    const { fresh, current } = await dataKeyIn(state);
    const opened = await outcome(lease(fresh, { open: [current] }));
    expect(opened).toBe(DATA_KEY_STATE_TABLE.open[state]);
  });

  it('seals in one state only, so that a scope has one that seals', () => {
    const sealing = DATA_KEY_STATES.filter((state) => DATA_KEY_STATE_TABLE.seal[state] === 'ok');
    expect(sealing).toEqual(['ACTIVE']);
  });

  it.each(['STAGED', 'DECRYPT_ONLY', 'REVOKED', 'SHREDDED'] satisfies DataKeyState[])(
    'that is %s does not keep its scope from getting one that seals',
    async (state) => {
      const { fresh, current, stored } = await dataKeyIn(state);
      const made = await activeDataKey(fresh, ALIAS, ACME);
      expect(made).not.toBe(current);
      expect((await stored(made)).columns).toMatchObject({ state: 'ACTIVE', key_version: 2 });
      expect((await stored(current)).columns.state).toBe(state);
    },
  );

  it('in a state that nobody knows opens nothing, seals nothing and is wrapped anew by nobody', async () => {
    const prepared = await dataKeyIn('RETIRED');
    const { fresh, current, keyring, keyId, former, stored } = prepared;
    expect(await outcome(lease(fresh, { open: [current] }))).toBe('ERR_STORE_INTEGRITY');
    expect(await USES.seal(prepared)).toBe(false);
    await keyring.rewrapDataKeys({ keyId });
    expect((await stored(former)).columns.key_version).toBe(1);
    await keyring.kms.shred({ Tenant: 'acme' });
    expect((await stored(former)).columns.state).toBe('SHREDDED');
  });
});
