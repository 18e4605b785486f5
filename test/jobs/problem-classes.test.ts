import { randomBytes } from 'node:crypto';
import { createFieldCodec } from '@fieldseal/core';
import { encryptExisting, type JobReport, reEncrypt, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, type People, peopleManifest } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

interface Sealed extends People {
  /** Ids of rows with a value; those of one tenant come together. */
  readonly ids: readonly string[];
}

async function sealed(): Promise<Sealed> {
  const made = await createPeople({
    phase: 'migrating',
    rows: 40,
    more: 'ALTER TABLE people DROP CONSTRAINT people_pan_key',
  });
  open.push(made);
  await encryptExisting(made.job);
  const { rows } = await made.sql.query(
    'SELECT id FROM people WHERE pan IS NOT NULL ORDER BY tenant_id, id',
  );
  return { ...made, ids: rows.map(({ id }) => id) };
}

function classesOf({ problems }: JobReport): Record<string, string> {
  return Object.fromEntries(problems.map((problem) => [problem.row, problem.class]));
}

/** A cell with some of its bytes changed. */
async function edit({ sql }: People, id: string, change: (cell: Buffer) => void): Promise<void> {
  const { rows } = await sql.query('SELECT pan FROM people WHERE id = $1', [id]);
  const cell = Buffer.from(rows[0].pan.slice(4), 'base64url');
  change(cell);
  const text = `fs1.${cell.toString('base64url')}`;
  await sql.query('UPDATE people SET pan = $2 WHERE id = $1', [id, text]);
}

async function copy({ sql }: People, from: string, to: string): Promise<void> {
  await sql.query(
    'UPDATE people SET pan = (SELECT p.pan FROM people AS p WHERE p.id = $1) WHERE id = $2',
    [from, to],
  );
}

/** A cell of the row and the field, with a number in it. */
async function writeNumber({ keyring, sql }: People, id: string): Promise<void> {
  const { rows } = await sql.query('SELECT tenant_id FROM people WHERE id = $1', [id]);
  const tenantId = rows[0].tenant_id as string;
  const manifest = peopleManifest('sealed', undefined, { type: 'int', indexes: [] });
  const call = createFieldCodec({ keyring, manifest }).call('test');
  const target: Record<string, unknown> = { pan: 42 };
  call.seal({ model: 'Person', target, row: { id, tenantId }, scope: { tenant: tenantId } });
  await call.run();
  await sql.query('UPDATE people SET pan = $2 WHERE id = $1', [id, target.pan]);
}

// each waits until other processes would have heard of the phase
describe.concurrent('the report of a job', { timeout: 120_000 }, () => {
  test('says of each cell that does not open what is wrong with it', async () => {
    const made = await sealed();
    const [unknown, altered, scoped, sameTenant, otherType, other, source] = made.ids as [
      string,
      ...string[],
    ];
    await edit(made, unknown!, (cell) => randomBytes(16).copy(cell, 3));
    await edit(made, altered!, (cell) => {
      cell[cell.length - 1]! ^= 1;
    });
    await copy(made, made.ids.at(-1)!, scoped!);
    await copy(made, source!, sameTenant!);
    await writeNumber(made, otherType!);
    await made.sql.query(`UPDATE people SET pan = 'fs1.no cell' WHERE id = $1`, [other]);
    const expected = {
      [unknown!]: 'unknown-key',
      [altered!]: 'rejected',
      [scoped!]: 'wrong-scope',
      [sameTenant!]: 'rejected',
      [otherType!]: 'type',
      [other!]: 'rejected',
    };
    const report = await verifyField(made.job);
    expect(report.state).toBe('refused');
    expect(classesOf(report)).toEqual(expected);
    const codes = report.problems.filter(({ row }) => row !== otherType).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['ERR_CIPHERTEXT_REJECTED']));
    const stored = await made.sql.query(
      'SELECT row_key, class FROM fieldseal_jobs.report WHERE job_id = $1::uuid',
      [report.jobId],
    );
    expect(Object.fromEntries(stored.rows.map((row) => [row.row_key, row.class]))).toEqual(
      expected,
    );
    await made.keyring.rotateKey('alias/kyc');
    expect(classesOf(await reEncrypt(made.job))).toEqual(expected);
  });

  test('tells a token of another value from one that is missing', async () => {
    const made = await sealed();
    const [swapped, lacking, part, cleared] = made.ids;
    await made.sql.query(`UPDATE people SET pan_token = '\\x00' WHERE id = $1`, [swapped]);
    await made.sql.query('UPDATE people SET pan_token = NULL WHERE id = $1', [lacking]);
    await made.sql.query('UPDATE people SET pan_last4 = NULL WHERE id = $1', [part]);
    await made.sql.query('UPDATE people SET pan = NULL WHERE id = $1', [cleared]);
    const report = await verifyField(made.job);
    expect(classesOf(report)).toEqual({
      [swapped!]: 'wrong-token',
      [lacking!]: 'no-token',
      [part!]: 'no-token',
      [cleared!]: 'wrong-token',
    });
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(
      new Set(['ERR_INDEX_MISMATCH']),
    );
  });

  test('tells cells of a shredded tenant from broken ones', async () => {
    const made = await sealed();
    const { rows } = await made.sql.query(
      `SELECT id FROM people WHERE tenant_id = 't1' AND pan IS NOT NULL`,
    );
    await made.keyring.kms.shred({ Tenant: 't1' });
    const report = await verifyField(made.job);
    expect(classesOf(report)).toEqual(Object.fromEntries(rows.map(({ id }) => [id, 'ended-key'])));
  });

  test('stays coarse for whoever may not look at keys', async () => {
    const made = await sealed();
    const [unknown] = made.ids;
    await edit(made, unknown!, (cell) => randomBytes(16).copy(cell, 3));
    const { keyId } = made.keyring.listKeys().find(({ owner }) => owner === 'CUSTOMER')!;
    const statement = { Effect: 'Allow', Resource: '*' };
    await made.keyring.kms.putKeyPolicy({
      KeyId: keyId,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            ...statement,
            Principal: { Fieldseal: '*' },
            Action: ['kms:Decrypt', 'kms:GenerateMac'],
          },
          {
            ...statement,
            Principal: { Fieldseal: ['service/development'] },
            Action: ['kms:PutKeyPolicy'],
          },
        ],
      }),
    });
    const report = await made.keyring.as('user/asha', () => verifyField(made.job));
    expect(classesOf(report)).toEqual({ [unknown!]: 'unknown-key' });
    await copy(made, made.ids.at(-1)!, unknown!);
    const again = await made.keyring.as('user/asha', () => verifyField(made.job));
    expect(classesOf(again)).toEqual({ [unknown!]: 'rejected' });
  });

  test('names plaintext without a token where lookups go by tokens alone', async () => {
    const made = await createPeople({ phase: 'plain', rows: 20 });
    open.push(made);
    await encryptExisting({ ...made.job, manifest: peopleManifest('migrating') });
    const job = { ...made.job, manifest: peopleManifest('leaving') };
    await made.keyring.setPhase('people.pan', 'leaving');
    const { rows } = await made.sql.query(
      `UPDATE people SET pan = '4111 1111 99999999', pan_token = NULL, pan_last4 = NULL
        WHERE id = (SELECT id FROM people WHERE pan IS NOT NULL LIMIT 1) RETURNING id`,
    );
    const { problems } = await verifyField(job);
    const lacking = problems.filter((problem) => problem.class === 'no-token');
    expect(lacking).toEqual([{ row: rows[0].id, class: 'no-token', code: 'ERR_INDEX_MISMATCH' }]);
  });
});
