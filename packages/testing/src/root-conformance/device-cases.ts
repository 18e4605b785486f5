import assert from 'node:assert/strict';
import { failureOf } from './check-error.ts';
import type { RootCase, RootUnderTest } from './root-under-test.ts';
import { type SlotSample, slotSample } from './slot-samples.ts';

const TICK_MS = 5;
/** Of a loop that is not blocked; machines that run tests are busy. */
const LONGEST_PAUSE_MS = 1000;

/** The longest time for which the event loop stood still during a call. */
async function longestPause(call: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, TICK_MS);
  await call.catch(() => {});
  clearInterval(timer);
  return Math.max(longest, performance.now() - last);
}

async function inTime<T>(milliseconds: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new assert.AssertionError({ message: 'a call outlasts its deadline' });
    timer = setTimeout(() => reject(error), milliseconds);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

/** What a root does when its device does not answer as it should. */
export function deviceCases(subject: RootUnderTest): readonly RootCase[] {
  const { root, takeAway, slowDown, deadlineMs = 10_000, secrets = [] } = subject;
  const cases: RootCase[] = [];

  async function unavailable({ rootKey }: SlotSample, call: Promise<unknown>): Promise<void> {
    const error = await failureOf(inTime(deadlineMs, call), [rootKey, ...secrets]);
    assert.equal(error.code, 'ERR_ROOT_UNAVAILABLE');
    assert.equal(error.retryable, true);
  }

  if (takeAway !== undefined) {
    cases.push({
      name: 'says that the device is gone, without a secret, and goes on when it is back',
      async run() {
        const sample = slotSample();
        const { rootKey, context } = sample;
        const slot = await root.seal(new Uint8Array(rootKey), context);
        const bringBack = await takeAway();
        try {
          await unavailable(sample, root.open(slot, context));
          await unavailable(sample, root.seal(new Uint8Array(rootKey), context));
        } finally {
          await bringBack();
        }
        assert.deepEqual(await root.open(slot, context), rootKey);
      },
    });
  }
  if (slowDown !== undefined) {
    cases.push({
      name: 'keeps its deadline when the device is slow, and blocks nothing meanwhile',
      async run() {
        const sample = slotSample();
        const { rootKey, context } = sample;
        const slot = await root.seal(new Uint8Array(rootKey), context);
        const repair = await slowDown();
        try {
          const call = inTime(deadlineMs, root.open(slot, context));
          assert((await longestPause(call)) < LONGEST_PAUSE_MS, 'the event loop is blocked');
          const opened = await call.catch(() => undefined);
          if (opened === undefined) await unavailable(sample, call);
          else assert.deepEqual(opened, rootKey);
        } finally {
          await repair();
        }
        assert.deepEqual(await root.open(slot, context), rootKey);
      },
    });
  }
  return cases;
}
