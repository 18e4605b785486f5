import { randomUUID } from 'node:crypto';
import { createMemoryStore } from '@fieldseal/core';
import { encryptExisting, type RowMove, rebindRows, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, KEYS, type People } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

async function sealed(options: Parameters<typeof createPeople>[0] = {}) {
  const made = await createPeople({
    phase: 'migrating',
    rows: 30,
    more: 'ALTER TABLE people DROP CONSTRAINT people_pan_key',
    ...options,
  });
  open.push(made);
  await encryptExisting(made.job);
  await made.keyring.setPhase('people.pan', 'sealed');
  return { ...made, before: await made.opened() };
}

async function idsOf({ sql }: People, tenant: string): Promise<string[]> {
  const { rows } = await sql.query(
    'SELECT id::text FROM people WHERE tenant_id = $1 AND pan IS NOT NULL ORDER BY id',
    [tenant],
  );
  return rows.map(({ id }) => id);
}

const consent = true;

// each seals its table first
describe.concurrent('rows that were moved by SQL', { timeout: 120_000 }, () => {
  test('to other keys open again, with the values that they had', async () => {
    const made = await sealed();
    const moved = (await idsOf(made, 't1')).slice(0, 5);
    const moves: RowMove[] = [];
    for (const id of moved) {
      const to = randomUUID();
      await made.sql.query('UPDATE people SET id = $2 WHERE id = $1', [id, to]);
      moves.push({ from: { id }, to: { id: to.toUpperCase() } });
    }
    await expect(made.opened()).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
    const dry = await rebindRows({ ...made.job, moves, dryRun: true });
    expect(dry.steps).toMatchObject([{ read: 5, written: 5 }]);
    await expect(made.opened()).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
    const report = await rebindRows({ ...made.job, moves, consent });
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(report.steps.map(({ written }) => written)).toEqual([5, 0]);
    const now = new Map(
      moves.map(({ from, to }) => [String(from.id), String(to.id).toLowerCase()]),
    );
    const expected = [...made.before].map(([id, value]) => [now.get(id) ?? id, value] as const);
    expect(await made.opened()).toEqual(new Map(expected));
    expect(await verifyField(made.job)).toMatchObject({ state: 'done' });
  });

  test('to another tenant get its keys and tokens', async () => {
    const made = await sealed();
    const ids = await idsOf(made, 't1');
    await made.sql.query(`UPDATE people SET tenant_id = 't0' WHERE tenant_id = 't1'`);
    const { problems } = await verifyField(made.job);
    expect(new Set(problems.map((problem) => problem.class))).toEqual(new Set(['wrong-scope']));
    const moves = ids.map((id) => ({ from: { tenantId: 't1' }, to: { id } }));
    expect(await rebindRows({ ...made.job, moves, consent })).toMatchObject({ state: 'done' });
    expect(await made.opened()).toEqual(made.before);
    expect(await verifyField(made.job)).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('along a chain of keys are all found', async () => {
    const made = await sealed({ key: KEYS.int! });
    await made.sql.query('UPDATE people SET id = -(id + 1); UPDATE people SET id = -id');
    const { rows } = await made.sql.query('SELECT id FROM people');
    const moves = rows.map(({ id }) => ({ from: { id: id - 1 }, to: { id } }));
    expect(await rebindRows({ ...made.job, moves, consent })).toMatchObject({ state: 'done' });
    const expected = [...made.before].map(
      ([id, value]) => [String(Number(id) + 1), value] as const,
    );
    expect(await made.opened()).toEqual(new Map(expected));
  });

  test('with parts of their key are named by all of it', async () => {
    const made = await sealed({ key: KEYS.composite! });
    await made.sql.query(`UPDATE people SET a = 'z' WHERE b = 4`);
    const move = { from: { a: 'a1' }, to: { a: 'z', b: 4 } };
    for (const wrong of [
      { ...move, to: { b: 4 } },
      { ...move, from: {} },
      { ...move, from: { pan: 'x' } },
    ])
      await expect(rebindRows({ ...made.job, moves: [wrong], consent })).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
      });
    expect(await rebindRows({ ...made.job, moves: [move], consent })).toMatchObject({
      state: 'done',
    });
    const expected = [...made.before].map(
      ([id, value]) => [id === 'a1,4' ? 'z,4' : id, value] as const,
    );
    expect(await made.opened()).toEqual(new Map(expected));
  });

  test('are not bound where they are copies, or cells of others, or not there', async () => {
    const made = await sealed();
    const [original, copy, other, target] = (await idsOf(made, 't1')) as [
      string,
      string,
      string,
      string,
    ];
    const put =
      'UPDATE people SET pan = (SELECT p.pan FROM people AS p WHERE p.id = $1) WHERE id = $2';
    await made.sql.query(put, [original, copy]);
    await made.sql.query(put, [other, target]);
    const missing = randomUUID();
    const gone = randomUUID();
    const moves = [
      { from: { id: original }, to: { id: copy } },
      { from: { id: gone }, to: { id: target } },
      { from: { id: gone }, to: { id: missing } },
    ];
    const report = await rebindRows({ ...made.job, moves, consent });
    expect(report).toMatchObject({ state: 'refused', problemCount: 3 });
    expect(Object.fromEntries(report.problems.map(({ row, code }) => [row, code]))).toEqual({
      [copy]: 'original-is-there',
      [target]: 'ERR_CIPHERTEXT_REJECTED',
      [missing]: 'no-such-row',
    });
    expect(report.steps.every(({ written }) => written === 0)).toBe(true);
  });

  test('are left where an application has written them since', async () => {
    const made = await sealed();
    const [id] = (await idsOf(made, 't1')) as [string];
    const to = randomUUID();
    await made.sql.query('UPDATE people SET id = $2 WHERE id = $1', [id, to]);
    const data: Record<string, unknown> = { pan: '5000 0000 0001' };
    const call = made.codec.call('Person.update');
    const row = { id: to, tenantId: 't1' };
    call.seal({ model: 'Person', target: data, row, scope: { tenant: 't1' } });
    await call.run();
    await made.sql.query(
      'UPDATE people SET pan = $2, pan_token = $3, pan_last4 = $4 WHERE id = $1',
      [to, data.pan, data.panToken, data.panLast4],
    );
    const moves = [{ from: { id }, to: { id: to } }];
    const report = await rebindRows({ ...made.job, moves, consent });
    expect(report.steps).toMatchObject([{ read: 1, written: 0 }]);
    expect((await made.opened()).get(to)).toBe('5000 0000 0001');
  });

  test('are bound with consent only, and the audit trail knows of it', async () => {
    const store = createMemoryStore();
    const made = await sealed({ store });
    const [id] = (await idsOf(made, 't1')) as [string];
    const to = randomUUID();
    await made.sql.query('UPDATE people SET id = $2 WHERE id = $1', [id, to]);
    const moves = [{ from: { id }, to: { id: to } }];
    await expect(rebindRows({ ...made.job, moves })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'consent' },
    });
    await expect(rebindRows({ ...made.job, moves: [], consent })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
    expect(await rebindRows({ ...made.job, moves, consent })).toMatchObject({ state: 'done' });
    const entries = await store.readAudit({ chain: 'management', after: 0n, limit: 1000 });
    const told = entries
      .filter(({ columns }) => String(columns.action).endsWith('RebindRows'))
      .map(({ columns }) => [columns.action, JSON.parse(String(columns.details))]);
    const digest = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(told).toEqual([
      ['RebindRows', { field: 'people.pan', moves: digest }],
      ['CompleteRebindRows', { field: 'people.pan', moves: digest, rows: 1, problems: 0 }],
    ]);
  });
});
