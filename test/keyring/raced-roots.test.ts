import { inspect } from 'node:util';
import {
  createIdentityPolicy,
  createMemoryStore,
  type KeyringOptions,
  type Root,
} from '@fieldseal/core';
import { fakeRoot, fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it, vi } from 'vitest';
import { raceRoots } from '../../packages/core/src/keyring/race-roots.ts';
import { closeKeyringsAfterEach, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

/** A store that each of these roots opens. */
async function storeOf(...roots: readonly Root[]) {
  const options: KeyringOptions = {
    store: createMemoryStore(),
    roots,
    environment: 'test',
    development: true,
  };
  await openForTest(options);
  return (more: Partial<KeyringOptions>) => openForTest({ ...options, ...more });
}

async function timed<T>(work: Promise<T>): Promise<number> {
  const since = performance.now();
  await work;
  return performance.now() - since;
}

const hanging = () => new Promise<never>(() => {});

describe('opening a store', () => {
  it('is not kept by a root that hangs', async () => {
    const [first, second] = [fakeRoot(memoryRoot()), fakeRoot(memoryRoot())];
    const open = await storeOf(first, second);
    first.fail('hang');
    expect(await timed(open({}))).toBeLessThan(2000);
  });

  it('asks no second root while the first one opens', async () => {
    const [first, second] = [fakeRoot(memoryRoot()), fakeRoot(memoryRoot())];
    const open = await storeOf(first, second);
    const before = second.calls().open;
    await open({});
    expect(second.calls().open).toBe(before);
  });

  it('ends at the deadline when all roots hang', async () => {
    const root = fakeRoot(memoryRoot());
    const open = await storeOf(root);
    root.fail('hang');
    await expect(open({ rootDeadlineMs: 100 })).rejects.toMatchObject({
      code: 'ERR_ROOT_UNAVAILABLE',
      meta: { reason: 'DEADLINE' },
    });
    for (const rootDeadlineMs of [99, 600_001, 'x']) {
      const wrong = { code: 'ERR_CONFIG_INVALID', meta: { option: 'rootDeadlineMs' } };
      await expect(open({ rootDeadlineMs } as never)).rejects.toMatchObject(wrong);
    }
  });

  it('asks a person only when no other root opens, and waits for them', async () => {
    const pin = fakeRoot({ ...memoryRoot(), interactive: true });
    const device = fakeRoot(memoryRoot());
    const open = await storeOf(pin, device);
    const before = pin.calls().open;
    await open({});
    expect(pin.calls().open).toBe(before);
    for (const fault of ['hang', 'unavailable', 'foreign', 'crash'] as const) {
      device.fail(fault);
      await open({ rootDeadlineMs: 100 });
    }
    const slow: Root = {
      ...pin,
      async open(slot, context) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return pin.open(slot, context);
      },
    };
    await open({ roots: [slow, device], rootDeadlineMs: 100 });
  });
});

it('a process sees other changes while the root of a new root key hangs, and opens it later', async () => {
  const clock = fixedClock(1_800_000_000_000);
  const root = fakeRoot(memoryRoot());
  const identityPolicies = () => [createIdentityPolicy(['administrator'])];
  const open = await storeOf(root);
  const shared = { access: { identityPolicies }, stagingMs: 0, clock, rootDeadlineMs: 3000 };
  const keyring = await open(shared);
  const device = fakeRoot(root);
  const old = await open({ ...shared, roots: [device] });
  device.fail('hang');
  await keyring.rotateRootKey();
  while ((await keyring.rewrapRootKey()).state !== 'done');
  const { keyId } = await keyring.createKey();
  expect(await timed(old.runDue())).toBeLessThan(2900);
  expect(old.listKeys()).toMatchObject([{ keyId }]);
  await expect(old.rotateKey(keyId)).rejects.toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE' });
  device.fail(undefined);
  await vi.waitFor(
    () => {
      clock.advance(5000);
      return old.rotateKey(keyId);
    },
    { timeout: 10_000 },
  );
});

describe('a race', () => {
  const roots = ['a', 'b', 'c'].map((kind) => ({ ...memoryRoot(), kind }));
  const race = (asks: Record<string, () => Promise<string | null>>, discarded: string[] = []) =>
    raceRoots<string>({
      roots,
      deadlineMs: 1000,
      discard: (late) => void discarded.push(late),
      ask: ({ kind }) => asks[kind]?.() ?? Promise.resolve(null),
    });
  const after = (ms: number, text: string) => () =>
    new Promise<string>((resolve) => setTimeout(() => resolve(text), ms));
  const failing = (text: string) => () => Promise.reject(new RangeError(text));

  it('wipes what comes too late', async () => {
    const discarded: string[] = [];
    expect(await race({ a: after(600, 'late'), b: after(0, 'b') }, discarded)).toBe('b');
    expect(discarded).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(discarded).toEqual(['late']);
  });

  it('asks the next at once when one has nothing or fails', async () => {
    const one = race({ a: () => Promise.resolve(null), b: failing('x'), c: after(0, 'c') });
    expect(await timed(one)).toBeLessThan(200);
    expect(await one).toBe('c');
  });

  it('says what the first in order said, and nothing when all have nothing', async () => {
    expect(await race({})).toBeNull();
    const failed = await race({ b: failing('secret') }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE' });
    expect(inspect(failed, { depth: 9, showHidden: true })).not.toContain('secret');
    const late = { code: 'ERR_ROOT_UNAVAILABLE', meta: { reason: 'DEADLINE' } };
    await expect(race({ a: hanging, b: failing('x') })).rejects.toMatchObject(late);
  });
});
