import type { ManifestField, ManifestIndex } from '@fieldseal/core';
import { encryptExisting, measureIndexes } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, KEYS, type People, peopleManifest } from './people-table.ts';
import { sealOne, UPDATE } from './rotated-people.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

/** Alike in both tenants: 12 of 20 rows are 7, the others end alike. */
const textOf = (n: number): string => `${n < 24 ? '7' : `${n}5555`}${' '.repeat(n)}`;

async function people(options: Parameters<typeof createPeople>[0] = {}): Promise<People> {
  const more = `ALTER TABLE people DROP CONSTRAINT people_pan_token_key;
    CREATE INDEX ON people (pan_token)`;
  const made = await createPeople({ rows: 40, phase: 'migrating', textOf, more, ...options });
  open.push(made);
  return made;
}

const measure = ({ url, keyring, manifest }: People, over: object = {}) =>
  measureIndexes({ database: url, keyring, manifest, load: 1, ...over });

const log = Math.log2;
const SPREAD = [
  {
    field: 'Person.pan',
    index: 'panToken',
    indexId: 'people.pan.equality',
    kind: 'equality',
    unreadable: 0,
    rows: 40,
    tokens: 18,
    commonest: 12,
    commonestShare: 0.6,
    shared: 24,
    frequent: 24,
    entropyBits: expect.closeTo(0.6 * log(20 / 12) + 0.4 * log(20), 9),
    verdict: 'guessable',
    accepted: null,
  },
  {
    field: 'Person.pan',
    index: 'panLast4',
    indexId: 'people.pan.last4',
    kind: 'last4',
    unreadable: 0,
    rows: 40,
    tokens: 4,
    commonest: 12,
    commonestShare: 0.6,
    shared: 40,
    frequent: 24,
    entropyBits: expect.closeTo(0.6 * log(20 / 12) + 0.4 * log(20 / 8), 9),
    verdict: 'guessable',
    accepted: 'test',
  },
];
const counted = (how: 'tokens' | 'values') => SPREAD.map((each) => ({ ...each, counted: how }));

describe.concurrent('what indexes tell', { timeout: 120_000 }, () => {
  test('is the same by values before they are built, and by tokens afterwards', async () => {
    const made = await people();
    const before = await measure(made);
    expect(before).toEqual(counted('values'));
    expect(JSON.stringify(before)).not.toMatch(/5555|"7/);
    await encryptExisting(made.job);
    expect(await measure(made)).toEqual(counted('tokens'));
    expect(await measure(made, { field: 'Person.pan' })).toHaveLength(2);
  });

  test('is not less while an index rotates, and one value has tokens of two generations', async () => {
    const made = await people();
    await encryptExisting(made.job);
    await made.keyring.setPhase('people.pan', 'sealed');
    for (const { indexId } of SPREAD) await made.keyring.setIndexState(indexId, 'rotating');
    const values = [...(await made.opened())] as [string, string][];
    for (const [id, pan] of values.slice(0, 20)) {
      const { rows } = await made.sql.query('SELECT tenant_id FROM people WHERE id = $1', [id]);
      const [cell, token, last4] = await sealOne(made.codec, id, rows[0].tenant_id, pan);
      // what the trigger would keep of both
      const newer = [(token as Buffer).subarray(-32), (last4 as Buffer).subarray(-16)];
      await made.sql.query(UPDATE, [id, cell, ...newer]);
    }
    expect(await measure(made)).toEqual(counted('values'));
  });

  test('is known of an index whose column is not there, over cells', async () => {
    const made = await people();
    await encryptExisting(made.job);
    await made.keyring.setPhase('people.pan', 'sealed');
    const [pan] = peopleManifest('sealed').models[0]!.fields as [ManifestField];
    const [, last4] = pan.indexes as [ManifestIndex, ManifestIndex];
    const planned = { ...last4, id: 'people.pan.planned', name: 'planned', column: 'nowhere' };
    const manifest = peopleManifest('sealed', KEYS.uuid!, {
      indexes: [pan.indexes[0] as ManifestIndex, planned],
    });
    // a cell of another row is counted apart
    const { rows } = await made.sql.query('SELECT id, pan FROM people ORDER BY id LIMIT 2');
    await made.sql.query('UPDATE people SET pan = NULL, pan_token = NULL WHERE id = $1', [
      rows[1].id,
    ]);
    await made.sql.query('UPDATE people SET pan = $2 WHERE id = $1', [rows[0].id, rows[1].pan]);
    const reads: number[] = [];
    const onProgress = ({ read }: { read: number }) => reads.push(read);
    expect(await measure(made, { manifest, onProgress })).toMatchObject([
      { index: 'panToken', counted: 'tokens', rows: 39 },
      { index: 'planned', counted: 'values', rows: 38, unreadable: 1, tokens: 4 },
    ]);
    expect(reads).toEqual([39]);
    expect(made.keyring.indexStateOf('people.pan.planned')).toBeUndefined();
  });

  test('is known of a field that the key store has never seen, and registers nothing', async () => {
    const made = await people();
    const [pan] = peopleManifest('sealed').models[0]!.fields as [ManifestField];
    const indexes = pan.indexes.map((index) => ({
      ...index,
      id: `new.${index.name}`,
      column: `new_${index.name}`,
    }));
    const manifest = peopleManifest('sealed', KEYS.uuid!, { id: 'people.new', indexes });
    const expected = counted('values').map((each) => ({ ...each, indexId: `new.${each.index}` }));
    expect(await measure(made, { manifest })).toEqual(expected);
    expect(made.keyring.phaseOf('people.new')).toBeUndefined();
  });

  test('is of all tenants together where tokens are global', async () => {
    const [pan] = peopleManifest('migrating').models[0]!.fields as [ManifestField];
    const indexes = pan.indexes.map((index) => ({ ...index, global: 'test' }));
    const made = await people({ field: { indexes } });
    const expected = [
      { tokens: 17, commonest: 24, commonestShare: 0.6, shared: 24 },
      { tokens: 2, commonest: 24, commonestShare: 0.6, shared: 40 },
    ];
    expect(await measure(made)).toMatchObject(expected);
    await encryptExisting(made.job);
    expect(await measure(made)).toMatchObject(
      expected.map((each) => ({ ...each, counted: 'tokens' })),
    );
  });

  test('is nothing where there is nothing to count, or no two values are alike', async () => {
    const empty = await people({ rows: 0 });
    expect(await measure(empty)).toMatchObject([{ verdict: 'empty' }, { verdict: 'empty' }]);
    const sound = await people({ textOf: (n) => `${1000 + n}`, rows: 30 });
    expect(await measure(sound)).toMatchObject([
      { verdict: 'unique', rows: 30, tokens: 30 },
      { verdict: 'unique', rows: 30, tokens: 30 },
    ]);
  });

  test('can be stopped, and is refused for a field that is not there', async () => {
    const made = await people({ rows: 3 });
    const signal = AbortSignal.abort();
    await expect(measure(made, { signal })).rejects.toMatchObject({ code: 'ERR_JOB_STOPPED' });
    await expect(measure(made, { field: 'Person.age' })).rejects.toMatchObject({
      code: 'ERR_FIELD_UNKNOWN',
    });
    await expect(measure(made, { load: 2 })).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });
});
