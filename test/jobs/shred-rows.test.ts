import { createMemoryStore, describeCell } from '@fieldseal/core';
import { countCells, encryptExisting, listJobs, shredRows, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, KEYS, type Key, type People } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

interface Stored {
  readonly id: string;
  readonly tenant_id: string;
  readonly pan: string | null;
  readonly pan_token: Buffer | null;
  readonly pan_last4: Buffer | null;
}

async function stored({ sql }: People, tenant: string): Promise<readonly Stored[]> {
  const { rows } = await sql.query(
    'SELECT * FROM people WHERE tenant_id = $1 AND pan IS NOT NULL ORDER BY 1, 2',
    [tenant],
  );
  return rows;
}

/** A table of two tenants' cells, of which t1's keys are gone. */
async function shredded(
  options: Parameters<typeof createPeople>[0] = {},
): Promise<People & { readonly before: readonly Stored[] }> {
  const made = await createPeople({ phase: 'migrating', rows: 40, ...options });
  open.push(made);
  await encryptExisting(made.job);
  await made.keyring.setPhase('people.pan', 'sealed');
  const before = await stored(made, 't1');
  await made.keyring.kms.shred({ Tenant: 't1' });
  return { ...made, before };
}

function cellsUnderKey({ url, manifest, keyring }: People): Promise<bigint | undefined> {
  const key = keyring.listKeys().find(({ aliases }) => aliases.includes('alias/kyc'))!;
  return countCells({ database: url, manifest })(key.keyId, keyring.describeDataKeys);
}

// each waits until other processes would have heard that the keys are gone
describe.concurrent('rows of a shredded tenant', { timeout: 180_000 }, () => {
  test.each(['uuid', 'composite'])(
    'are cleared, and nobody else is: key of type %s',
    async (name) => {
      const key: readonly Key[] = KEYS[name]!;
      const made = await shredded({ key });
      const others = await stored(made, 't0');
      const report = await shredRows({ ...made.job, tenant: 't1' });
      expect(report).toMatchObject({ state: 'done', problemCount: 0 });
      expect(report.steps[0]).toMatchObject({
        read: made.before.length,
        written: made.before.length,
      });
      const { rows } = await made.sql.query(
        `SELECT count(*)::int AS n, count(pan)::int AS cells, count(pan_token)::int AS tokens,
              count(pan_last4)::int AS parts FROM people WHERE tenant_id = 't1'`,
      );
      expect(rows).toEqual([{ n: 20, cells: 0, tokens: 0, parts: 0 }]);
      expect(await stored(made, 't0')).toEqual(others);
      expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
      const again = await shredRows({ ...made.job, tenant: 't1' });
      expect(again.steps.every(({ written }) => written === 0)).toBe(true);
    },
  );

  test('keep in a required column the name of the key that is gone, and nothing of the value', async () => {
    const made = await shredded({
      textOf: (n) => `4111 1111 ${String(n).padStart(8, '0')}`,
      more: 'ALTER TABLE people ALTER pan SET NOT NULL',
      field: { nullable: false },
    });
    await made.sql.query('ALTER TABLE people ALTER pan_token SET NOT NULL');
    expect(await shredRows({ ...made.job, tenant: 't1' })).toMatchObject({ state: 'done' });
    const after = await stored(made, 't1');
    expect(after).toHaveLength(made.before.length);
    const tokens = new Set(made.before.map((row) => row.pan_token!.toString('hex')));
    const parts = new Set(made.before.map((row) => row.pan_last4!.toString('hex')));
    after.forEach((row, i) => {
      const { pan } = made.before[i]!;
      expect(describeCell(row.pan!)).toEqual(describeCell(pan!));
      const bytes = Buffer.from(row.pan!.slice(4), 'base64url');
      expect(bytes.subarray(19 + 24)).toEqual(Buffer.alloc(17));
      const nonce = bytes.subarray(19, 19 + 24);
      expect(nonce.equals(Buffer.from(pan!.slice(4), 'base64url').subarray(19, 19 + 24))).toBe(
        false,
      );
      expect(tokens.has(row.pan_token!.toString('hex'))).toBe(false);
      expect(parts.has(row.pan_last4!.toString('hex'))).toBe(false);
      expect([row.pan_token!.length, row.pan_last4!.length]).toEqual([32, 16]);
    });
    // what stands there holds no version of the key: only the cells of the other tenant do
    expect(await cellsUnderKey(made)).toBe(BigInt((await stored(made, 't0')).length));
    const verified = await verifyField(made.job);
    expect(verified).toMatchObject({ problemCount: 0, tombstones: after.length });
    const opening = made.codec.open('test', [
      { model: 'Person', rows: [{ ...after[0]!, tenantId: 't1' }] },
    ]);
    await expect(opening).rejects.toMatchObject({ code: 'ERR_KEY_DESTROYED' });
    const again = await shredRows({ ...made.job, tenant: 't1' });
    expect(again.steps.every(({ written }) => written === 0)).toBe(true);
    expect(await stored(made, 't1')).toEqual(after);
  });

  test('keep nothing of plaintext that a required column has beside cells', async () => {
    const made = await createPeople({
      phase: 'migrating',
      rows: 6,
      more: 'ALTER TABLE people ALTER pan SET NOT NULL',
      field: { nullable: false },
    });
    open.push(made);
    await encryptExisting(made.job);
    await made.keyring.kms.shred({ Tenant: 't1' });
    await made.sql.query(
      "UPDATE people SET pan = 'Priya Raman ' || id || repeat(id::text, 2) WHERE tenant_id = 't1'",
    );
    const before = await stored(made, 't1');
    expect(await shredRows({ ...made.job, tenant: 't1' })).toMatchObject({ state: 'done' });
    const after = await stored(made, 't1');
    expect(after).toHaveLength(before.length);
    expect(await cellsUnderKey(made)).toBe(BigInt((await stored(made, 't0')).length));
    for (const { pan } of after) {
      expect(describeCell(pan!)).toEqual({ suite: 1, bound: false, dataKeyId: '0'.repeat(32) });
      expect(Buffer.from(pan!.slice(4), 'base64url').subarray(43)).toEqual(Buffer.alloc(17));
    }
    const again = await shredRows({ ...made.job, tenant: 't1' });
    expect(again).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await stored(made, 't1')).toEqual(after);
  });

  test('are reported where a required column may have nothing but plaintext', async () => {
    const made = await createPeople({
      rows: 6,
      more: 'ALTER TABLE people ALTER pan SET NOT NULL',
      field: { nullable: false },
    });
    open.push(made);
    await made.keyring.kms.createKey({});
    await made.keyring.kms.shred({ Tenant: 't1' });
    const before = await stored(made, 't1');
    const report = await shredRows({ ...made.job, tenant: 't1' });
    expect(report).toMatchObject({ state: 'refused', problemCount: before.length });
    expect(report.problems[0]).toMatchObject({ class: 'phase', code: 'plaintext' });
    expect(await stored(made, 't1')).toEqual(before);
  });

  test('are left where their cell is under a living key, an unknown one or none', async () => {
    const made = await shredded({ more: 'ALTER TABLE people DROP CONSTRAINT people_pan_key' });
    const [alive] = await stored(made, 't0');
    const [brought, unknown, broken] = made.before as [Stored, Stored, Stored];
    const set = (row: Stored, pan: string) =>
      made.sql.query('UPDATE people SET pan = $2 WHERE id = $1', [row.id, pan]);
    await set(brought, alive!.pan!);
    const bytes = Buffer.from(unknown.pan!.slice(4), 'base64url');
    bytes.fill(7, 3, 19);
    await set(unknown, `fs1.${bytes.toString('base64url')}`);
    await set(broken, 'fs1.no cell');
    const report = await shredRows({ ...made.job, tenant: 't1' });
    expect(report).toMatchObject({ state: 'refused', problemCount: 3 });
    const classes = Object.fromEntries(report.problems.map((each) => [each.row, each.class]));
    expect(classes).toEqual({
      [brought.id]: 'wrong-scope',
      [unknown.id]: 'unknown-key',
      [broken.id]: 'rejected',
    });
    expect(await stored(made, 't1')).toHaveLength(3);
  });

  test('are refused while the keys are there, and where a field has none of the scope', async () => {
    const made = await createPeople({ phase: 'migrating', rows: 4 });
    open.push(made);
    await encryptExisting(made.job);
    await expect(shredRows({ ...made.job, tenant: 't1' })).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
      meta: { reason: 'not-shredded' },
    });
    await expect(shredRows({ ...made.job, tenant: 't1', subject: 's' })).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
    });
    for (const scope of [{}, { tenant: '' }])
      await expect(shredRows({ ...made.job, ...scope })).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
      });
    const { rows } = await made.sql.query('SELECT count(pan)::int AS n FROM people');
    expect(rows).toEqual([{ n: 4 }]);
    // what is refused leaves no job behind that would keep others from the field
    expect(await verifyField(made.job)).toMatchObject({ state: 'done' });
  });

  test('are only counted by a dry run', async () => {
    const made = await shredded();
    const report = await shredRows({ ...made.job, tenant: 't1', dryRun: true });
    expect(report).toMatchObject({ state: 'done', jobId: null });
    expect(report.steps).toMatchObject([{ written: made.before.length }]);
    expect(await stored(made, 't1')).toEqual(made.before);
  });

  test('are counted by a dry run before the keys are gone', async () => {
    const made = await createPeople({ phase: 'migrating', rows: 20 });
    open.push(made);
    await encryptExisting(made.job);
    const [alive] = await stored(made, 't0');
    const [brought] = await stored(made, 't1');
    await made.sql.query('ALTER TABLE people DROP CONSTRAINT people_pan_key');
    await made.sql.query('UPDATE people SET pan = $2 WHERE id = $1', [brought!.id, alive!.pan]);
    const before = await stored(made, 't1');
    const report = await shredRows({ ...made.job, tenant: 't1', dryRun: true });
    expect(report).toMatchObject({ state: 'refused', problems: [{ class: 'wrong-scope' }] });
    expect(report.steps).toMatchObject([{ written: before.length - 1 }]);
    expect(await stored(made, 't1')).toEqual(before);
  });

  test('are in the audit trail: that it began, and what it came to', async () => {
    const store = createMemoryStore();
    const made = await shredded({ store });
    await shredRows({ ...made.job, tenant: 't1' });
    const { keyring } = made;
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
    const entries = await store.readAudit({ chain: 'management', after: 0n, limit: 1000 });
    const told = entries
      .filter(({ columns }) => String(columns.action).endsWith('ShredRows'))
      .map(({ columns }) => [columns.action, JSON.parse(String(columns.details))]);
    expect(told).toEqual([
      ['ShredRows', { field: 'people.pan' }],
      ['CompleteShredRows', { field: 'people.pan', rows: made.before.length, problems: 0 }],
    ]);
    const { recordRows } = keyring.audit;
    await expect(
      recordRows({ action: 'DeleteRows' as 'ShredRows', field: 'people.pan', scope: {} }),
    ).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
  });

  test('of one tenant are not taken for those of another when a job was stopped', async () => {
    const made = await shredded();
    await made.keyring.kms.shred({ Tenant: 't0' });
    const stop = new AbortController();
    const stopped = shredRows({
      ...made.job,
      tenant: 't1',
      signal: stop.signal,
      onProgress: ({ written }) => {
        if (written > 0) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ERR_JOB_STOPPED' });
    // nor does the list of jobs name who was erased
    const [job] = await listJobs(made.url);
    expect(job!.step).toMatch(/^clear [0-9a-f]{32}$/);
    await expect(shredRows({ ...made.job, tenant: 't0' })).rejects.toMatchObject({
      code: 'ERR_JOB_REFUSED',
    });
    expect(await shredRows({ ...made.job, tenant: 't1' })).toMatchObject({ state: 'done' });
    expect(await shredRows({ ...made.job, tenant: 't0' })).toMatchObject({ state: 'done' });
    expect([await stored(made, 't0'), await stored(made, 't1')]).toEqual([[], []]);
  });
});
