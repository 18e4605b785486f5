import { encryptExisting, reEncrypt } from '@fieldseal/jobs';
import { afterAll, expect, test } from 'vitest';
import { createPeople, KEYS, type People, peopleManifest } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

test('a dry run on a field that is new to the key store registers nothing, and waits for it in its estimate', async () => {
  const people = await createPeople({ phase: 'plain', rows: 5, key: KEYS.int! });
  open.push(people);
  const id = 'people.other';
  const manifest = peopleManifest('plain', KEYS.int!, { id, indexes: [] });
  const report = await encryptExisting({ ...people.job, manifest, dryRun: true });
  expect(report).toMatchObject({ jobId: null, state: 'done', estimate: { seconds: 16 } });
  expect(people.keyring.phaseOf(id)).toBeUndefined();
  // what registering would refuse is refused all the same
  const other = peopleManifest('plain', KEYS.int!, { type: 'int', indexes: [] });
  await expect(
    encryptExisting({ ...people.job, manifest: other, dryRun: true }),
  ).rejects.toMatchObject({ code: 'ERR_MANIFEST_MISMATCH' });
});

test('a field that is leaving, or plain, is not moved to another key: plaintext would be written', async () => {
  const people = await createPeople({ phase: 'migrating', rows: 5, key: KEYS.int! });
  open.push(people);
  await encryptExisting({ ...people.job, settleMs: 0 });
  const before = (await people.sql.query('SELECT pan FROM people ORDER BY id')).rows;
  for (const phase of ['leaving', 'plain'] as const) {
    if (phase === 'leaving') await people.keyring.setPhase('people.pan', 'sealed');
    await people.keyring.setPhase('people.pan', phase);
    const manifest = peopleManifest('plain', KEYS.int!);
    await expect(reEncrypt({ ...people.job, manifest })).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { reason: phase },
    });
  }
  expect((await people.sql.query('SELECT pan FROM people ORDER BY id')).rows).toEqual(before);
});
