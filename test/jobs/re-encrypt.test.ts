import { describeCell } from '@fieldseal/core';
import {
  encryptExisting,
  type FieldJobOptions,
  listJobs,
  reEncrypt,
  verifyField,
} from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, KEYS, type People } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

/** A table of cells under the first version of their key, which is not the newest any more. */
async function rotated(
  options: Parameters<typeof createPeople>[0] = {},
): Promise<People & { readonly before: ReadonlyMap<string, unknown> }> {
  const made = await createPeople({ phase: 'migrating', ...options });
  open.push(made);
  await encryptExisting(made.job);
  const before = await made.opened();
  await made.keyring.rotateKey('alias/kyc');
  return { ...made, before };
}

async function cellsOf({ sql }: People): Promise<readonly string[]> {
  const { rows } = await sql.query('SELECT pan FROM people WHERE pan IS NOT NULL ORDER BY 1');
  return rows.map(({ pan }) => pan);
}

const keysOf = (cells: readonly string[]): readonly string[] => [
  ...new Set(cells.map((cell) => describeCell(cell).dataKeyId)),
];

// each waits until other processes would have heard of the new key
describe.concurrent('cells under an old key', { timeout: 120_000 }, () => {
  test.each(['uuid', 'composite', 'bytes'])('move to the new one: key of type %s', async (name) => {
    const made = await rotated({ key: KEYS[name]!, rows: 30 });
    const old = keysOf(await cellsOf(made));
    const tokens = async () =>
      (await made.sql.query('SELECT pan_token, pan_last4 FROM people ORDER BY 1')).rows;
    const tokensBefore = await tokens();
    const report = await reEncrypt(made.job);
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(report.steps[0]).toMatchObject({ read: 27, written: 27 });
    expect(report.steps.at(-1)).toMatchObject({ read: 27, written: 0 });
    const now = keysOf(await cellsOf(made));
    expect(now.length).toBe(2);
    expect(old.filter((id) => now.includes(id))).toEqual([]);
    expect(await made.opened()).toEqual(made.before);
    expect(await tokens()).toEqual(tokensBefore);
    expect(await verifyField(made.job)).toMatchObject({ state: 'done' });
  });

  test('a dry run says how many, and writes nothing', async () => {
    const made = await rotated();
    const stored = await cellsOf(made);
    const report = await reEncrypt({ ...made.job, dryRun: true });
    expect(report).toMatchObject({ jobId: null, state: 'done' });
    expect(report.steps).toMatchObject([{ read: 45, written: 45 }]);
    expect(report.estimate).toMatchObject({ rows: 45 });
    expect(report.estimate?.seconds).toBeGreaterThanOrEqual(16);
    expect(await cellsOf(made)).toEqual(stored);
  });

  test('a dry run says how long it takes at the pace that was asked for', async () => {
    const made = await rotated();
    const job = { ...made.job, dryRun: true, rowsPerSecond: 15 };
    // no batch rests for less, however quick the machine is
    expect((await reEncrypt(job)).estimate?.rowsPerSecond).toBeLessThanOrEqual(15.001);
    // waits for nobody, so it is the pace alone
    const { estimate } = await verifyField(job);
    const { rows = 0, rowsPerSecond = 0, seconds = 0 } = estimate ?? {};
    expect(rows).toBe(45);
    expect(seconds).toBeGreaterThanOrEqual(2.99);
    expect(rows / rowsPerSecond).toBeCloseTo(seconds, 6);
  });

  test('that are current already are not written again', async () => {
    const made = await createPeople({ phase: 'migrating' });
    open.push(made);
    await encryptExisting(made.job);
    const stored = await cellsOf(made);
    expect(await reEncrypt(made.job)).toMatchObject({ state: 'done' });
    expect(await cellsOf(made)).toEqual(stored);
  });

  test('that do not open are noted and left, and all others move', async () => {
    const made = await rotated();
    const [first, second] = (
      await made.sql.query(`SELECT id, pan FROM people
      WHERE pan IS NOT NULL AND tenant_id = 't0' ORDER BY id LIMIT 2`)
    ).rows;
    await made.sql.query('UPDATE people SET pan = NULL WHERE id = $1', [second.id]);
    await made.sql.query('UPDATE people SET pan = $2 WHERE id = $1', [first.id, second.pan]);
    const report = await reEncrypt(made.job);
    expect(report).toMatchObject({ state: 'refused', problemCount: 1 });
    expect(report.problems).toEqual([
      { row: first.id, class: 'rejected', code: 'ERR_CIPHERTEXT_REJECTED' },
    ]);
    const { rows } = await made.sql.query('SELECT pan FROM people WHERE id = $1', [first.id]);
    expect(rows).toEqual([{ pan: second.pan }]);
    expect(report.steps[0]).toMatchObject({ read: 44, written: 43, problems: 1 });
  });

  test('of a revoked version are noted', async () => {
    const made = await rotated({ rows: 10 });
    const [key] = made.keyring.listKeys().filter(({ aliases }) => aliases.includes('alias/kyc'));
    await made.keyring.kms.revokeKeyVersion({ KeyId: key!.keyId, Version: 1, LoseIndexKeys: true });
    const report = await reEncrypt(made.job);
    expect(report.state).toBe('refused');
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(
      new Set(['ERR_KEY_VERSION_REVOKED']),
    );
    expect(report.problemCount).toBe(9);
  });

  test('in a binary column move too', async () => {
    const made = await createPeople({
      rows: 0,
      more: 'ALTER TABLE people ALTER pan TYPE bytea USING NULL',
      phase: 'sealed',
      field: { storage: 'bytes' },
    });
    open.push(made);
    const values = await seal(made, 20);
    await made.keyring.rotateKey('alias/kyc');
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
    const report = await reEncrypt(made.job);
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(report.steps[0]).toMatchObject({ read: 20, written: 20 });
    const { rows } = await made.sql.query(
      `SELECT id, tenant_id AS "tenantId", pan, pan_token AS "panToken", pan_last4 AS "panLast4" FROM people`,
    );
    const ids = new Set(rows.map(({ pan }) => describeCell(pan).dataKeyId));
    expect(ids.size).toBe(2);
    await made.codec.open('test', [{ model: 'Person', rows }]);
    expect(new Map(rows.map(({ id, pan }) => [id, pan]))).toEqual(values);
  });

  test('that an application writes meanwhile stay as it wrote them', async () => {
    const made = await rotated({ rows: 40 });
    const written = new Map<string, string>();
    let isOver = false;
    const writer = (async () => {
      const ids = [...made.before.keys()];
      for (let n = 0; !isOver; n++) {
        const id = ids[n % ids.length]!;
        const value = `5${String(n).padStart(15, '0')}`;
        await write(made, id, value);
        written.set(id, value);
      }
    })();
    const slow: FieldJobOptions = { ...made.job, batchSize: 3 };
    const report = await reEncrypt(slow);
    isOver = true;
    await writer;
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await made.opened()).toEqual(new Map([...made.before, ...written]));
    expect(await reEncrypt({ ...made.job, dryRun: true })).toMatchObject({
      steps: [{ written: 0 }],
    });
  });

  test('are of a job that is listed by its kind', async () => {
    const made = await rotated({ rows: 10 });
    await reEncrypt(made.job);
    const [job] = await listJobs(made.url);
    expect(job).toMatchObject({ kind: 're-encrypt', state: 'done', written: 9 });
  });
});

/** Rows of a binary column, as an application would write them. */
async function seal({ codec, sql }: People, count: number): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (let n = 0; n < count; n++) {
    const row = { id: crypto.randomUUID(), tenantId: `t${n % 2}` };
    const value = `4111 ${n}`;
    const target: Record<string, unknown> = { pan: value };
    const call = codec.call('test');
    call.seal({ model: 'Person', target, row, scope: { tenant: row.tenantId } });
    await call.run();
    await sql.query(
      'INSERT INTO people (id, tenant_id, pan, pan_token, pan_last4) VALUES ($1, $2, $3, $4, $5)',
      [row.id, row.tenantId, target.pan, target.panToken, target.panLast4],
    );
    values.set(row.id, value);
  }
  return values;
}

async function write({ codec, sql }: People, id: string, value: string): Promise<void> {
  const { rows } = await sql.query('SELECT tenant_id FROM people WHERE id = $1', [id]);
  const tenantId = rows[0].tenant_id as string;
  const target: Record<string, unknown> = { pan: value };
  const call = codec.call('test');
  call.seal({ model: 'Person', target, row: { id, tenantId }, scope: { tenant: tenantId } });
  await call.run();
  await sql.query('UPDATE people SET pan = $2, pan_token = $3, pan_last4 = $4 WHERE id = $1', [
    id,
    target.pan,
    target.panToken,
    target.panLast4,
  ]);
}
