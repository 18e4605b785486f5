import {
  buildIndex,
  coverage,
  decryptBack,
  encryptExisting,
  reEncrypt,
  rotateIndex,
  shredRows,
} from '@fieldseal/jobs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPeople, type People, peopleManifest } from './people-table.ts';

/** A sealed table, and two who may not do everything with its key. */
async function openPeople(): Promise<People> {
  const opened = await createPeople({ phase: 'migrating', rows: 4 });
  await encryptExisting(opened.job);
  const KeyId = opened.keyring.listKeys()[0]?.keyId ?? '';
  const deny = (name: string, ...actions: readonly string[]) => ({
    Effect: 'Deny',
    Principal: { Fieldseal: `user/${name}` },
    Action: actions.map((action) => `fieldseal:${action}`),
    Resource: '*',
  });
  const { Policy } = await opened.keyring.kms.getKeyPolicy({ KeyId });
  const document = JSON.parse(Policy);
  document.Statement.push(
    deny('mover', 'CountLiveCells', 'Shred'),
    deny('counter', 'StartReEncrypt', 'Shred', 'SetPhase', 'SetIndexState'),
  );
  await opened.keyring.kms.putKeyPolicy({ KeyId, Policy: JSON.stringify(document) });
  return opened;
}

let people: People;
beforeAll(async () => {
  people = await openPeople();
}, 120_000);
afterAll(() => people.close());

const DENIED = { code: 'ERR_ACCESS_DENIED' };
const as = <T>(name: string, work: () => Promise<T>, { keyring } = people) =>
  keyring.as(`user/${name}`, work);

test('re-encrypting takes StartReEncrypt, also as a dry run', async () => {
  const job = { ...people.job, dryRun: true };
  expect(await as('mover', () => reEncrypt(job))).toMatchObject({ jobId: null });
  await expect(as('counter', () => reEncrypt(job))).rejects.toMatchObject(DENIED);
  await expect(as('counter', () => reEncrypt(people.job))).rejects.toMatchObject(DENIED);
}, 120_000);

test('coverage takes CountLiveCells', async () => {
  const { url, keyring, manifest } = people;
  const count = () => coverage({ database: url, keyring, manifest });
  expect((await as('counter', count)).versions).toMatchObject([{ keyVersion: 1 }]);
  await expect(as('mover', count)).rejects.toMatchObject(DENIED);
});

test('moving a field takes SetPhase, and its indexes SetIndexState, before anything is done', async () => {
  const jobs = { encryptExisting, decryptBack, buildIndex, rotateIndex };
  const rows = async () => (await people.sql.query('SELECT * FROM people ORDER BY id')).rows;
  const before = await rows();
  // the manifest of somebody who is on the way out lets all of them begin
  const leaving = peopleManifest('leaving');
  for (const [name, run] of Object.entries(jobs)) {
    const manifest = name === 'decryptBack' ? leaving : people.manifest;
    for (const dryRun of [true, false]) {
      const job = as('counter', () => run({ ...people.job, manifest, dryRun }));
      await expect(job, name).rejects.toMatchObject(DENIED);
    }
  }
  expect(await rows()).toEqual(before);
  expect(people.keyring.phaseOf('people.pan')).toBe('migrating');
  // the control: who has the rights gets through with the first of them
  const mine = as('mover', () => buildIndex(people.job));
  expect(await mine).toMatchObject({ state: 'done' });
}, 120_000);

test('clearing rows takes Shred, and touches no row without it', async () => {
  // nobody else is to find what this leaves
  const own = await openPeople();
  try {
    await own.keyring.setPhase('people.pan', 'sealed');
    await own.keyring.kms.shred({ Tenant: 't1' });
    const cells = async () => (await own.sql.query('SELECT pan FROM people ORDER BY 1')).rows;
    const before = await cells();
    const clear = () => shredRows({ ...own.job, tenant: 't1' });
    await expect(as('mover', clear, own)).rejects.toMatchObject(DENIED);
    expect(await cells()).toEqual(before);
  } finally {
    await own.close();
  }
}, 120_000);
