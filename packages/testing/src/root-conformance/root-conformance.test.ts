import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FieldsealError, type Root } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { afterAll, describe, expect, test } from 'vitest';
import { fakeRoot, type RootFault } from '../fake-root.ts';
import { memoryRoot } from '../memory-root.ts';
import { rootConformance } from './root-conformance.ts';
import type { RootUnderTest } from './root-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'fieldseal-conformance-'));
afterAll(() => rmSync(folder, { recursive: true }));

function faulty(): RootUnderTest {
  const root = fakeRoot(memoryRoot());
  const fail = (fault: RootFault) => async () => {
    root.fail(fault);
    return async () => root.fail(undefined);
  };
  const faults = { takeAway: fail('unavailable'), slowDown: fail('slow') };
  return { root, otherDevice: memoryRoot(), ...faults, deadlineMs: 2000 };
}

const SUBJECTS: readonly [string, RootUnderTest, number][] = [
  ['a root in memory', { root: memoryRoot(), otherDevice: memoryRoot() }, 6],
  [
    'a root in a file',
    {
      root: devFileRoot({ path: join(folder, 'one') }),
      otherDevice: devFileRoot({ path: join(folder, 'other') }),
    },
    6,
  ],
  ['a root with faults', faulty(), 8],
];

describe.each(SUBJECTS)('%s', (_name, subject, count) => {
  const cases = rootConformance(subject);
  test.each(cases)('$name', ({ run }) => run());
  test('all cases are there', () => expect(cases).toHaveLength(count));
});

const FIXED = {
  slotId: '0190f1c2-0000-7000-8000-000000000001',
  environment: 'test',
  rootGeneration: 1,
  commitment: new Uint8Array(32),
};

/** A root with one mistake, and the case that has to find it. */
const inner = memoryRoot();
const MISTAKES: readonly [string, Partial<Root>, string][] = [
  ['the wrong key', { open: async () => new Uint8Array(32) }, 'opens what it sealed'],
  [
    'the key itself',
    { seal: async (rootKey) => ({ mechanism: 'none', sealed: Uint8Array.of(...rootKey, 1) }) },
    'stores a name',
  ],
  [
    'no context',
    {
      seal: (rootKey) => inner.seal(rootKey, FIXED),
      open: (slot) => inner.open(slot, FIXED),
    },
    'in a context that is not its own',
  ],
  [
    'an error for altered bytes',
    {
      async open(slot, context) {
        const key = await inner.open(slot, context);
        if (key === null) throw new TypeError('altered');
        return key;
      },
    },
    'was altered',
  ],
];
test.each(MISTAKES)('a root that gives %s is found', async (_name, mistake, found) => {
  const root: Root = { kind: 'memory', development: true, ...bound(inner), ...mistake };
  const [failing] = rootConformance({ root, otherDevice: memoryRoot() }).filter(({ name }) =>
    name.includes(found),
  );
  await expect(failing?.run()).rejects.toThrow(expect.objectContaining({ name: 'AssertionError' }));
});

/** What a driver throws, or does not, when its device is gone; and why that is wrong. */
const LEAKS: readonly [string, (rootKey: Uint8Array) => unknown][] = [
  ['nothing but FieldsealError', () => new TypeError('socket')],
  ['has no cause', () => Object.assign(unavailable('gone'), { cause: new TypeError('socket') })],
  ['shows a secret', (rootKey) => unavailable(`sent ${Buffer.from(rootKey).toString('hex')}`)],
  ['shows a secret', () => unavailable('PIN 4711 sent')],
  ['ERR_ROOT_UNAVAILABLE', () => new FieldsealError('ERR_WRONG_ROOT', 'gone')],
];

test.each(LEAKS)('an error is held to what errors of roots are: %s', async (message, errorOf) => {
  let isGone = false;
  let sealed = new Uint8Array();
  const root: Root = {
    kind: 'memory',
    development: true,
    async seal(rootKey, context) {
      sealed = new Uint8Array(rootKey);
      return inner.seal(rootKey, context);
    },
    async open(slot, context) {
      if (isGone) throw errorOf(sealed);
      return inner.open(slot, context);
    },
  };
  const takeAway = async () => {
    isGone = true;
    return async () => {
      isGone = false;
    };
  };
  const subject = { root, otherDevice: memoryRoot(), takeAway, secrets: ['4711'] };
  const [gone] = rootConformance(subject).filter(({ name }) => name.includes('is gone'));
  await expect(gone?.run()).rejects.toThrow(message);
});

function unavailable(reason: string): FieldsealError {
  return new FieldsealError('ERR_ROOT_UNAVAILABLE', 'The device does not answer', { reason });
}

function bound(root: Root): Pick<Root, 'seal' | 'open'> {
  return {
    seal: (rootKey, context) => root.seal(rootKey, context),
    open: (slot, context) => root.open(slot, context),
  };
}
