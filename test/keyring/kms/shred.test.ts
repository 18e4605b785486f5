import type { ControlState, KeyStore } from '@fieldseal/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATA_KEY_STATES, KEY_STATES } from '../../../packages/core/src/keys/key-states.ts';
import { instrumentedStore } from '../instrumented-store.ts';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { keyService, outcome, refusal } from './key-service.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const ACME = { tenant: 'acme' };
const BETA = { tenant: 'beta' };
const DESTROYED = refusal('ERR_KEY_DESTROYED', { reason: 'SHREDDED' });

async function shop(store: KeyStore = instrumentedStore()) {
  const service = await keyService({ store, createMissingAliases: true });
  const { keyring } = service;
  const acme = await sealText(keyring, ALIAS, 'a', ACME);
  const asha = await sealText(keyring, ALIAS, 'b', { ...ACME, subject: 'asha' });
  const beta = await sealText(keyring, ALIAS, 'c', BETA);
  const index = await lease(keyring, { index: [{ alias: ALIAS, tenant: 'acme' }] });
  index.release();
  return { ...service, store, acme, asha, beta };
}

const open = (keyring: Parameters<typeof lease>[0], id: string) =>
  lease(keyring, { open: [id] }).then((held) => held.release());

async function rowOf(store: KeyStore, id: string) {
  const bytes = Uint8Array.from(id, (character) => character.charCodeAt(0));
  return (await store.readKeys([{ table: 'data_key', id: bytes }]))[0];
}

describe('shredding a tenant', () => {
  it('ends every key of it and none of another, and says what it does not reach', async () => {
    const { kms, keyring, store, acme, asha, beta } = await shop();
    const result = await kms.shred({ Tenant: 'acme' });
    expect(result).toMatchObject({ DataKeys: 2, IndexKeys: 1, DryRun: false });
    expect(result.NotCovered).toContain('BACKUPS');
    for (const { id } of [acme, asha]) {
      await expect(open(keyring, id)).rejects.toEqual(DESTROYED);
      const { state, wrapped } = (await rowOf(store, id))?.columns ?? {};
      expect({ state, wrapped }).toEqual({ state: 'SHREDDED', wrapped: new Uint8Array(94) });
    }
    await open(keyring, beta.id);
    await sealText(keyring, ALIAS, 'd', BETA);
  });

  it('lets no key be made for it any more, data keys of new people and index keys included', async () => {
    const { kms, keyring } = await shop();
    await kms.shred({ Tenant: 'acme' });
    await expect(sealText(keyring, ALIAS, 'x', ACME)).rejects.toEqual(DESTROYED);
    const ravi = { ...ACME, subject: 'ravi' };
    await expect(sealText(keyring, ALIAS, 'x', ravi)).rejects.toEqual(DESTROYED);
    const index = [{ alias: ALIAS, tenant: 'acme' }];
    await expect(lease(keyring, { index })).rejects.toEqual(DESTROYED);
    await kms.createKey();
    await expect(sealText(keyring, 'alias/other', 'x', ACME)).rejects.toEqual(DESTROYED);
  });

  it('counts only, as a dry run', async () => {
    const { kms, keyring, acme, store } = await shop();
    const epoch = await store.readEpoch();
    const dry = await kms.shred({ Tenant: 'acme', DryRun: true });
    expect(dry).toMatchObject({ DataKeys: 2, IndexKeys: 1, DryRun: true });
    expect(await store.readEpoch()).toBe(epoch);
    await open(keyring, acme.id);
    const { KeyIdsDigest } = await kms.shred({ Tenant: 'acme' });
    expect(KeyIdsDigest).toBe(dry.KeyIdsDigest);
  });

  it('reaches another process that has the key in its memory', async () => {
    const { kms, another, acme, beta } = await shop();
    const other = await another();
    await open(other, acme.id);
    await kms.shred({ Tenant: 'acme' });
    // what the watch does by itself, at once when Postgres notifies
    await other.runDue();
    await expect(open(other, acme.id)).rejects.toEqual(DESTROYED);
    await open(other, beta.id);
  });

  it('is proved in the audit trail, which names what is not covered', async () => {
    const { kms, keyring, store } = await shop();
    const { KeyIdsDigest } = await kms.shred({ Tenant: 'acme' });
    const entries = await store.readAudit({ chain: 'management', after: 0n, limit: 100 });
    const mine = entries
      .map(({ columns }) => columns)
      .filter(({ action }) => /Shred/.test(`${action}`));
    expect(mine.map(({ action }) => action)).toEqual(['Shred', 'CompleteShred']);
    expect(JSON.parse(String(mine[1]?.details))).toMatchObject({
      dataKeys: 2,
      indexKeys: 1,
      keyIdsDigest: KeyIdsDigest,
      notCovered: expect.stringContaining('BACKUPS'),
    });
    expect(JSON.stringify(mine.map(({ details }) => details))).not.toContain('acme');
    expect(mine.every(({ context_hash }) => context_hash !== null)).toBe(true);
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });

  it('takes the right on every key', async () => {
    const { kms, keyring } = await shop();
    const deny = { Effect: 'Deny', Principal: { Fieldseal: 'user/x' }, Action: 'fieldseal:Shred' };
    const all = { Effect: 'Allow', Principal: '*', Action: ['fieldseal:PutKeyPolicy'] };
    const Statement = [all, deny].map((each) => ({ ...each, Resource: '*' }));
    await kms.createKey({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
    const denied = refusal('ERR_ACCESS_DENIED');
    await expect(keyring.as('user/x', () => kms.shred({ Tenant: 'acme' }))).rejects.toEqual(denied);
    await expect(keyring.as('user/x', () => kms.listShreds())).rejects.toEqual(denied);
  });

  it('is told with names to whoever has that right, line by line too, and each look leaves a trace', async () => {
    const { kms, keyring, store } = await shop();
    await kms.shred({ Tenant: 'acme' });
    const [line = '', ...none] = keyring.exportTombstones();
    expect(none).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ id: expect.any(String) });
    const deny = { Effect: 'Deny', Principal: { Fieldseal: 'user/x' }, Action: 'fieldseal:Shred' };
    const all = { Effect: 'Allow', Principal: '*', Action: ['fieldseal:PutKeyPolicy'] };
    const Statement = [all, deny].map((each) => ({ ...each, Resource: '*' }));
    await kms.createKey({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
    const look = async () => keyring.exportTombstones();
    await expect(keyring.as('user/x', look)).rejects.toEqual(refusal('ERR_ACCESS_DENIED'));
    await keyring.audit.flush();
    const { chain } = keyring.audit;
    const rows = await store.readAudit({ chain, after: 0n, limit: 100 });
    const mine = rows
      .map(({ columns }) => columns)
      .filter(({ action }) => action === 'ExportTombstones');
    expect(mine.map(({ principal, outcome: end }) => [principal, end])).toEqual([
      ['service/development', 'Success'],
      ['user/x', 'ERR_ACCESS_DENIED'],
    ]);
  });

  it.each([{}, { Tenant: '' }, { Tenant: 1 }, { Subject: '\0' }, { Tenant: 'a', Key: 'b' }])(
    'refuses %j',
    async (request) => {
      const { kms } = await shop();
      const call = kms.shred(request as { Tenant: string });
      await expect(call).rejects.toEqual(refusal('ERR_REQUEST_INVALID'));
    },
  );
});

describe('keys of the tenant', () => {
  it.each(KEY_STATES)('end under a key that is %s', async (state) => {
    const { keyring, key, insider, another, store, acme, asha } = await shop();
    const { keyId } = keyring.listKeys()[0] ?? { keyId: '' };
    // rights are asked of keys that are not destroyed, and one there has to be
    await key();
    await (await insider()).setKeyState(keyId, state);
    const { kms } = await another();
    expect(await kms.shred({ Tenant: 'acme' })).toMatchObject({ DataKeys: 2, IndexKeys: 1 });
    for (const { id } of [acme, asha]) {
      expect((await rowOf(store, id))?.columns.state).toBe('SHREDDED');
    }
  });

  it.each(DATA_KEY_STATES)('end when they are %s', async (state) => {
    const { kms, insider, store, acme } = await shop();
    const row = await rowOf(store, acme.id);
    if (row === undefined) throw new RangeError('No row');
    const changed = (await insider()).altered(row, { state });
    await store.replaceKeys([{ row: changed, expectedMac: row.rowMac }]);
    await kms.shred({ Tenant: 'acme' });
    const { wrapped, ...columns } = (await rowOf(store, acme.id))?.columns ?? {};
    expect(columns.state).toBe('SHREDDED');
    // a row that says so already is believed: its MAC is right, and nothing but erasing writes it
    if (state !== 'SHREDDED') expect(wrapped).toEqual(new Uint8Array(94));
  });
});

describe('shredding a subject', () => {
  it('ends the keys of that subject of that tenant only', async () => {
    const { kms, keyring, acme, asha } = await shop();
    const other = await sealText(keyring, ALIAS, 'x', { ...BETA, subject: 'asha' });
    const alone = await sealText(keyring, ALIAS, 'x', { subject: 'asha' });
    const request = { Tenant: 'acme', Subject: 'asha' };
    expect(await kms.shred(request)).toMatchObject({ DataKeys: 1, IndexKeys: 0 });
    await expect(open(keyring, asha.id)).rejects.toEqual(DESTROYED);
    for (const { id } of [acme, other, alone]) await open(keyring, id);
    await kms.shred({ Subject: 'asha' });
    await expect(open(keyring, alone.id)).rejects.toEqual(DESTROYED);
    await open(keyring, other.id);
    const { Shreds } = await kms.listShreds();
    expect(Shreds).toMatchObject([
      { ...request, Erased: true },
      { Subject: 'asha', Erased: true },
    ]);
  });
});

describe('a shredding', () => {
  it('that ended after its tombstone is in force, and is finished by the next call or runDue', async () => {
    for (const finish of ['shred', 'runDue'] as const) {
      const { kms, keyring, store, acme } = await shop();
      const replace = store.replaceKeys;
      store.replaceKeys = () => Promise.reject(new Error('killed'));
      await kms.shred({ Tenant: 'acme' }).catch(() => {});
      store.replaceKeys = replace;
      await expect(open(keyring, acme.id)).rejects.toEqual(DESTROYED);
      expect((await rowOf(store, acme.id))?.columns.state).toBe('ACTIVE');
      if (finish === 'shred') await kms.shred({ Tenant: 'acme' });
      else expect(await keyring.runDue()).toMatchObject({ shredded: 1 });
      expect((await rowOf(store, acme.id))?.columns.state).toBe('SHREDDED');
      expect((await kms.listShreds()).Shreds).toMatchObject([{ Erased: true }]);
    }
  });

  it('wins over rows of a backup, and erases them when it is called again', async () => {
    const store = instrumentedStore();
    const { kms, another, acme } = await shop(store);
    const backup = await rowOf(store, acme.id);
    await kms.shred({ Tenant: 'acme' });
    const now = await rowOf(store, acme.id);
    if (backup === undefined || now === undefined) throw new RangeError('No row');
    await store.replaceKeys([{ row: backup, expectedMac: now.rowMac }]);
    await expect(open(await another(), acme.id)).rejects.toEqual(DESTROYED);
    await kms.shred({ Tenant: 'acme' });
    expect((await rowOf(store, acme.id))?.columns.state).toBe('SHREDDED');
  });

  it('does not lose its tombstone unnoticed', async () => {
    const store = instrumentedStore();
    const { kms, another } = await shop(store);
    await kms.shred({ Tenant: 'acme' });
    store.pretend = ({ head, rows }): ControlState => ({
      head,
      rows: rows.filter(({ table }) => table !== 'tombstone'),
    });
    await expect(another()).rejects.toEqual(refusal('ERR_STORE_INTEGRITY'));
    store.pretend = undefined;
  });

  it('leaves no key to a process that made one at the same moment', async () => {
    const store = instrumentedStore();
    const { kms, another } = await shop(store);
    const other = await another();
    const insert = store.insertKeys;
    store.insertKeys = async (inserts) => {
      store.insertKeys = insert;
      await kms.shred({ Tenant: 'new' });
      return insert(inserts);
    };
    await expect(sealText(other, ALIAS, 'x', { tenant: 'new' })).rejects.toEqual(DESTROYED);
  });

  it('erases what is authentic and then says that somebody wrote a row', async () => {
    const store = instrumentedStore();
    const { kms, acme, asha } = await shop(store);
    const row = await rowOf(store, asha.id);
    if (row === undefined) throw new RangeError('No row');
    const forged = { ...row, columns: { ...row.columns, key_version: 9 } };
    await store.replaceKeys([{ row: forged, expectedMac: row.rowMac }]);
    const call = kms.shred({ Tenant: 'acme' });
    await expect(call).rejects.toEqual(refusal('ERR_STORE_INTEGRITY'));
    expect((await rowOf(store, acme.id))?.columns.state).toBe('SHREDDED');
    expect((await kms.listShreds()).Shreds).toMatchObject([{ Erased: false }]);
  });

  it('is finished by runDue also when somebody wrote a row of another one', async () => {
    const store = instrumentedStore();
    const { kms, keyring, acme, beta } = await shop(store);
    const row = await rowOf(store, acme.id);
    if (row === undefined) throw new RangeError('No row');
    const forged = { ...row, columns: { ...row.columns, key_version: 9 } };
    await store.replaceKeys([{ row: forged, expectedMac: row.rowMac }]);
    const replace = store.replaceKeys;
    store.replaceKeys = () => Promise.reject(new Error('killed'));
    for (const Tenant of ['acme', 'beta']) await kms.shred({ Tenant }).catch(() => {});
    store.replaceKeys = replace;
    expect((await rowOf(store, beta.id))?.columns.state).toBe('ACTIVE');
    await expect(keyring.runDue()).rejects.toEqual(refusal('ERR_STORE_INTEGRITY'));
    expect((await rowOf(store, beta.id))?.columns.state).toBe('SHREDDED');
    const { Shreds } = await kms.listShreds();
    expect(Shreds.map(({ Tenant, Erased }) => [Tenant, Erased])).toEqual([
      ['acme', false],
      ['beta', true],
    ]);
  });

  it('touches no key of another scope, whatever the names are', async () => {
    const name = fc.constantFrom('a', 'b', '1:a', 'a/b', '-', 'null');
    const scope = fc.record({ tenant: name, subject: name }, { requiredKeys: ['tenant'] });
    const scopes = fc.uniqueArray(scope, { minLength: 1, maxLength: 8, selector: JSON.stringify });
    await fc.assert(
      fc.asyncProperty(scopes, fc.nat(), async (all, number) => {
        const { tenant, subject } = all[number % all.length] as {
          tenant: string;
          subject?: string;
        };
        const { keyring, kms } = await keyService({ createMissingAliases: true });
        const cells = await Promise.all(all.map((each) => sealText(keyring, ALIAS, 'x', each)));
        await kms.shred({ Tenant: tenant, ...(subject === undefined ? {} : { Subject: subject }) });
        const isOf = (each: (typeof all)[number]) =>
          each.tenant === tenant && (subject === undefined || each.subject === subject);
        const codes = await Promise.all(cells.map(({ id }) => outcome(open(keyring, id))));
        expect(codes).toEqual(all.map((each) => (isOf(each) ? 'ERR_KEY_DESTROYED' : 'ok')));
      }),
      { numRuns: 25 },
    );
  });
});
