import {
  decryptBack,
  encryptExisting,
  type FieldJobOptions,
  type JobReport,
  reEncrypt,
  shredRows,
  verifyField,
} from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, KEYS, type People, peopleManifest } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

const PAN = (n: number) => `4111 1111 ${String(n).padStart(8, '0')}`;
const REQUIRED = { nullable: false } as const;

/** A required column of which t1's rows, every other one of 20, hold tombstones. */
async function shredded(at: 'sealed' | 'migrating') {
  const people = await createPeople({
    phase: 'migrating',
    rows: 20,
    key: KEYS.int!,
    textOf: PAN,
    more: 'ALTER TABLE people ALTER pan SET NOT NULL',
    field: REQUIRED,
  });
  open.push(people);
  const job = { ...people.job, settleMs: 0 };
  await encryptExisting(job);
  if (at === 'sealed') await people.keyring.setPhase('people.pan', 'sealed');
  // a row that was not sealed yet, as an old version of the application writes
  else await people.sql.query(`UPDATE people SET pan = $1 WHERE id = 1`, [PAN(1)]);
  await people.keyring.kms.shred({ Tenant: 't1' });
  const cleared = await shredRows({ ...job, tenant: 't1' });
  expect(cleared).toMatchObject({ state: 'done', problemCount: 0 });
  return { people, job };
}

const CLEAN = { state: 'done', problemCount: 0, problems: [], tombstones: 10 };
const KINDS: readonly (readonly [string, (options: FieldJobOptions) => Promise<JobReport>])[] = [
  ['verifyField', verifyField],
  ['reEncrypt', reEncrypt],
];

describe.concurrent('what shredding has left of a row', { timeout: 120_000 }, () => {
  test.each(KINDS)('is counted apart by %s, and stands in nobody’s way', async (_, run) => {
    const { people, job } = await shredded('sealed');
    await people.keyring.rotateKey('alias/kyc');
    const report = await run(job);
    expect(report).toMatchObject(CLEAN);
    expect(report.steps.every(({ problems }) => problems === 0)).toBe(true);
    expect(await run({ ...job, dryRun: true })).toMatchObject(CLEAN);
  });

  test('is counted apart by encryptExisting, also where there was plaintext', async () => {
    const { job } = await shredded('migrating');
    expect(await encryptExisting(job)).toMatchObject(CLEAN);
  });

  test('is counted apart by decryptBack, which opens all others', async () => {
    const { people, job } = await shredded('sealed');
    await people.keyring.setPhase('people.pan', 'leaving');
    const manifest = peopleManifest('leaving', KEYS.int!, REQUIRED);
    expect(await decryptBack({ ...job, manifest })).toMatchObject(CLEAN);
    const { rows } = await people.sql.query(
      `SELECT count(*)::int AS n FROM people WHERE pan LIKE '4111%' AND tenant_id = 't0'`,
    );
    expect(rows).toEqual([{ n: 10 }]);
  });

  test('is no excuse for a cell of somebody else that was overwritten with its form', async () => {
    const { people, job } = await shredded('sealed');
    const [cell] = (await people.sql.query('SELECT pan FROM people WHERE id = 2')).rows;
    const bytes = Buffer.from(cell.pan.slice(4), 'base64url').subarray(0, 60);
    bytes.fill(0, 43);
    await people.sql.query('UPDATE people SET pan = $1 WHERE id = 2', [
      `fs1.${bytes.toString('base64url')}`,
    ]);
    const report = await verifyField(job);
    expect(report).toMatchObject({ state: 'refused', tombstones: 10 });
    expect(report.problems).toMatchObject([{ row: '2', class: 'rejected' }]);
  });
});
