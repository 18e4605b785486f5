import { decryptBack, encryptExisting, listJobs, verifyField } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createPeople, peopleManifest } from './people-table.ts';

test('the way back loses nothing, and reports what it cannot open', {
  timeout: 120_000,
}, async () => {
  const people = await createPeople({ phase: 'migrating' });
  const manifest = peopleManifest('plain');
  const job = { ...people.job, manifest };
  try {
    await encryptExisting(people.job);
    await people.keyring.setPhase('people.pan', 'sealed');
    const before = await people.opened();
    const refused = decryptBack({ ...people.job, manifest: peopleManifest('migrating') });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_JOB_REFUSED' });
    expect((await listJobs(people.url)).filter(({ state }) => state === 'running')).toEqual([]);

    // a cell of another row, and one that holds what plaintext cannot
    const { rows } = await people.sql.query(
      `SELECT id, pan FROM people WHERE pan IS NOT NULL ORDER BY id LIMIT 2`,
    );
    const [moved, other] = rows;
    await people.sql.query('UPDATE people SET pan = NULL WHERE id = $1', [other.id]);
    await people.sql.query('UPDATE people SET pan = $1 WHERE id = $2', [other.pan, moved.id]);
    const report = await decryptBack(job);
    expect(report).toMatchObject({
      state: 'refused',
      phase: 'leaving',
      problems: [{ row: moved.id, code: 'ERR_CIPHERTEXT_REJECTED' }],
    });
    await people.sql.query('UPDATE people SET pan = $1 WHERE id = $2', [moved.pan, moved.id]);
    await people.sql.query('UPDATE people SET pan = $1 WHERE id = $2', [other.pan, other.id]);
    expect(await decryptBack(job)).toMatchObject({ state: 'done', problemCount: 0 });

    const after = await people.sql.query('SELECT id::text, pan FROM people');
    expect(new Map(after.rows.map(({ id, pan }) => [id, pan]))).toEqual(before);
    await people.keyring.setPhase('people.pan', 'plain');
    expect(await verifyField(job)).toMatchObject({ state: 'done', phase: 'plain' });
  } finally {
    await people.close();
  }
});

test('the way back of a field that is plain already is refused, and leaves no job', async () => {
  const people = await createPeople({ phase: 'plain', rows: 3 });
  const manifest = peopleManifest('leaving');
  try {
    const refused = decryptBack({ ...people.job, manifest });
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { reason: 'plain' },
    });
    expect(await listJobs(people.url)).toEqual([]);
  } finally {
    await people.close();
  }
});
