import {
  buildIndex,
  decryptBack,
  encryptExisting,
  type FieldJobOptions,
  reEncrypt,
  verifyField,
} from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, KEYS, type People } from './people-table.ts';

const INDEX = 'people.pan.equality';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

/** A table of cells; its rows are 0 to 39, and seven are a batch. */
async function sealed(): Promise<People> {
  const made = await createPeople({ phase: 'migrating', rows: 40, key: KEYS.int! });
  open.push(made);
  await encryptExisting(made.job);
  await made.keyring.setPhase('people.pan', 'sealed');
  return made;
}

/** A table of plaintext on its way out of cells, as {@link sealed}. */
async function leaving(): Promise<People> {
  const made = await createPeople({ phase: 'leaving', rows: 40, key: KEYS.int! });
  open.push(made);
  await made.keyring.setPhase('people.pan', 'migrating');
  return made;
}

/** A table of plaintext, as {@link sealed}. */
async function plain(): Promise<People> {
  const made = await createPeople({ rows: 40, key: KEYS.int! });
  open.push(made);
  return made;
}

/** Options of a job that stops when it has read 14 rows of a step. */
function stopping(job: FieldJobOptions, at: string): FieldJobOptions {
  const stop = new AbortController();
  return {
    ...job,
    signal: stop.signal,
    onProgress: ({ step, read }) => {
      if (step === at && read >= 14) stop.abort();
    },
  };
}

async function rightTokens({ sql, codec }: People): Promise<number> {
  const { rows } = await sql.query(`SELECT id, tenant_id AS "tenantId", pan,
    pan_token AS "panToken", pan_last4 AS "panLast4" FROM people WHERE pan IS NOT NULL`);
  await codec.open('test', [{ model: 'Person', rows, verify: ['panToken', 'panLast4'] }]);
  return rows.filter(({ panToken }) => panToken !== null).length;
}

// each waits until other processes would have heard of a change
describe.concurrent('the last pass of a job', { timeout: 240_000 }, () => {
  test('finds again what an earlier run had found before it was stopped', async () => {
    const made = await sealed();
    await made.sql.query(`UPDATE people SET pan = 'fs1.no cell' WHERE id = 2`);
    await expect(reEncrypt(stopping(made.job, 'cells'))).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
    });
    const report = await reEncrypt(made.job);
    expect(report).toMatchObject({ state: 'refused', problemCount: 1, problems: [{ row: '2' }] });
    expect(report.steps.at(-1)!.read).toBe(36);
  });

  test('sees the rows of an index that was dropped while its build was stopped', async () => {
    const made = await sealed();
    await made.keyring.setIndexState(INDEX, 'building');
    await expect(buildIndex(stopping(made.job, 'proof'))).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
    });
    await made.keyring.setIndexState(INDEX, 'building');
    await made.sql.query('UPDATE people SET pan_token = NULL WHERE id < 7');
    expect(await buildIndex(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await rightTokens(made)).toBe(36);
  });

  test('gives two rows their own tokens that had those of each other', async () => {
    const made = await sealed();
    await made.keyring.setIndexState(INDEX, 'building');
    await made.sql.query(`CREATE TABLE was AS SELECT id, pan_token FROM people WHERE id IN (3, 30);
      UPDATE people SET pan_token = NULL WHERE id IN (3, 30);
      UPDATE people AS p SET pan_token = w.pan_token FROM was AS w
       WHERE p.id IN (3, 30) AND w.id = 33 - p.id`);
    expect(await buildIndex(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await rightTokens(made)).toBe(36);
  });

  test.each([
    ['verify', sealed, verifyField],
    ['encrypt-existing', plain, encryptExisting],
    ['decrypt-back', leaving, decryptBack],
  ] as const)('finds a row that was damaged while %s was stopped', async (_, table, run) => {
    const made = await table();
    const job = { ...made.job, settleMs: 0 };
    await expect(run(stopping(job, 'verify'))).rejects.toMatchObject({ code: 'ERR_JOB_STOPPED' });
    await made.sql.query(`UPDATE people SET pan = 'fs1.no cell' WHERE id = 2`);
    const report = await run(job);
    expect(report.state).toBe('refused');
    expect(new Set(report.problems.map(({ row }) => row))).toEqual(new Set(['2']));
    const read = report.steps.filter(({ step }) => step === 'verify').map((each) => each.read);
    expect(read).toEqual([22, 36]);
  });

  test('names rows that the database takes a statement for and does not write', async () => {
    const made = await createPeople({ rows: 20, key: KEYS.int! });
    open.push(made);
    await made.sql.query(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN RETURN NULL; END';
      CREATE TRIGGER keep BEFORE UPDATE ON people FOR EACH ROW WHEN (old.id IN (4, 11))
        EXECUTE FUNCTION keep()`);
    const report = await encryptExisting(made.job);
    expect(report.state).toBe('refused');
    expect(report.problems).toEqual([
      { row: '4', class: 'type', code: 'not-written' },
      { row: '11', class: 'type', code: 'not-written' },
    ]);
  });
});
