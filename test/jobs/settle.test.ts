import { describeCell } from '@fieldseal/core';
import { controlJob, type FieldJobOptions, listJobs, reEncrypt } from '@fieldseal/jobs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createPeople, KEYS, type People } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

/** A table of cells under an old version, of which one is put aside. */
async function rotated() {
  const people = await createPeople({
    phase: 'sealed',
    rows: 30,
    key: KEYS.int!,
    textOf: () => null,
  });
  open.push(people);
  for (let id = 0; id < 30; id++) {
    const target: Record<string, unknown> = { id, tenantId: 't0', pan: `4111 ${id}` };
    const call = people.codec.call('test');
    call.seal({ model: 'Person', target, row: { id: String(id) }, scope: { tenant: 't0' } });
    await call.run();
    await people.sql.query(
      `UPDATE people SET tenant_id = 't0', pan = $2, pan_token = $3, pan_last4 = $4 WHERE id = $1`,
      [id, target.pan, target.panToken, target.panLast4],
    );
  }
  const [late] = (await people.sql.query('SELECT pan FROM people WHERE id = 3')).rows;
  await people.keyring.rotateKey('alias/kyc');
  return { people, late: late.pan as string };
}

async function keysOf({ sql }: People): Promise<number> {
  const { rows } = await sql.query('SELECT pan FROM people');
  return new Set(rows.map(({ pan }) => describeCell(pan).dataKeyId)).size;
}

async function untilWritten(people: People): Promise<string> {
  return vi.waitFor(
    async () => {
      const [job] = await listJobs(people.url);
      expect(job?.written).toBeGreaterThanOrEqual(29);
      return job!.id;
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** Another process that has sealed before it heard of the rotation, and has not committed yet. */
async function lateWriter({ sql }: People, late: string) {
  const client = await sql.connect();
  await client.query('BEGIN');
  await client.query('UPDATE people SET pan = $1 WHERE id = 3', [late]);
  return {
    async commit() {
      await client.query('COMMIT');
      client.release();
    },
  };
}

const outcome = (options: FieldJobOptions) =>
  reEncrypt(options).catch(({ code, meta }) => ({ code, reason: meta.reason }));

describe.concurrent('a job that waits for others', { timeout: 60_000 }, () => {
  test('finds what they had sealed in time and commit late', async () => {
    const { people, late } = await rotated();
    // somebody else has moved the row, so that nothing of the job waits for its lock
    await reEncrypt({ ...people.job, settleMs: 0 });
    expect(await keysOf(people)).toBe(1);
    const writer = await lateWriter(people, late);
    let isOver = false;
    const running = reEncrypt({ ...people.job, settleMs: 200 }).finally(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(isOver).toBe(false);
    await writer.commit();
    expect(await running).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await keysOf(people)).toBe(1);
  });

  test('ends when a transaction takes longer than its patience', async () => {
    const { people, late } = await rotated();
    await reEncrypt({ ...people.job, settleMs: 0 });
    const writer = await lateWriter(people, late);
    const waiting = outcome({ ...people.job, settleMs: 0, patienceSeconds: 1 });
    expect(await waiting).toEqual({ code: 'ERR_JOB_STOPPED', reason: 'WRITERS' });
    await writer.commit();
    expect(await reEncrypt({ ...people.job, settleMs: 0 })).toMatchObject({ state: 'done' });
    expect(await keysOf(people)).toBe(1);
  });

  test('can be cancelled meanwhile', async () => {
    const { people } = await rotated();
    const waiting = outcome({ ...people.job, settleMs: 3_600_000 });
    await controlJob(people.url, await untilWritten(people), 'cancel');
    expect(await waiting).toEqual({ code: 'ERR_JOB_STOPPED', reason: 'cancelled' });
  });

  test('can be stopped meanwhile', async () => {
    const { people } = await rotated();
    const stop = new AbortController();
    const waiting = outcome({ ...people.job, settleMs: 3_600_000, signal: stop.signal });
    await untilWritten(people);
    stop.abort();
    expect(await waiting).toEqual({ code: 'ERR_JOB_STOPPED', reason: 'running' });
  });

  test('waits 200 seconds if nobody says otherwise: 180 may be sealed without the store', async () => {
    const { people } = await rotated();
    const { settleMs: _, ...job } = people.job;
    const { estimate } = await reEncrypt({ ...job, dryRun: true });
    expect(estimate?.seconds).toBe(200);
    for (const settleMs of [-1, Number.NaN, 3_600_001])
      expect(await outcome({ ...job, settleMs })).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });
});
