import { FieldsealError } from '@fieldseal/core';
import { expect, test } from 'vitest';
import type { JobState } from '../engine/job-store.ts';
import type { JobProgress } from '../engine/run-pages.ts';
import type { Run } from './field-job.ts';
import { patiently } from './patiently.ts';

const PAUSES = { firstMs: 20, longestMs: 80 };

/** A table that others hold for the first tries, and a job whose state may change. */
function heldTable(triesInVain: number, states: readonly JobState[] = ['running']) {
  const at: number[] = [];
  const told: JobProgress[] = [];
  const left = [...states];
  let asked = 0;
  const log = {
    state: async () => {
      asked += 1;
      return (left.length > 1 ? left.shift() : left[0]) as JobState;
    },
  } as Run['log'];
  const stop = new AbortController();
  const onProgress = (progress: JobProgress): void => {
    told.push(progress);
  };
  const options = { signal: stop.signal, onProgress } as unknown as Run['options'];
  const work = async (): Promise<void> => {
    at.push(performance.now());
    if (at.length > triesInVain) return;
    throw new FieldsealError('ERR_DATABASE', 'held', { reason: '55P03' });
  };
  return { run: { log, options }, work, at, told, stop, asked: () => asked };
}

test('comes again more and more seldom, and says so', async () => {
  const { run, work, at, told } = heldTable(5);
  await patiently(run, work, PAUSES);
  const pauses = at.slice(1).map((each, i) => each - (at[i] as number));
  for (const [i, least] of [20, 40, 80, 80, 80].entries())
    expect(pauses[i]).toBeGreaterThan(least - 2);
  expect(told.length).toBeGreaterThanOrEqual(5);
  expect(new Set(told.map(({ step }) => step))).toEqual(new Set(['lock']));
});

test('takes no lock while the job is paused, and none after it is cancelled', async () => {
  const { run, work, at } = heldTable(100, ['running', 'paused', 'paused', 'cancelled']);
  await expect(patiently(run, work, PAUSES)).rejects.toMatchObject({
    code: 'ERR_JOB_STOPPED',
    meta: { reason: 'cancelled' },
  });
  expect(at).toHaveLength(1);
});

test('ends when it is told to', async () => {
  const { run, work, stop, at } = heldTable(100);
  const waiting = patiently(run, work, { firstMs: 100, longestMs: 100 });
  const ended = expect(waiting).rejects.toMatchObject({ meta: { reason: 'running' } });
  setTimeout(() => stop.abort(), 20);
  await ended;
  expect(at).toHaveLength(1);
});

test('what no time mends is thrown at once', async () => {
  const { run, at } = heldTable(0);
  const work = async (): Promise<void> => {
    at.push(0);
    throw new FieldsealError('ERR_DATABASE', 'no right', { reason: '42501' });
  };
  await expect(patiently(run, work, PAUSES)).rejects.toMatchObject({ meta: { reason: '42501' } });
  expect(at).toHaveLength(1);
});
