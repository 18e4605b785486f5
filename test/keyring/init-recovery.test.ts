import { initKeyStore, type Root } from '@fieldseal/core';
import { fakeRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { instrumentedStore } from './instrumented-store.ts';
import { closeKeyringsAfterEach, openForTest } from './open-keyrings.ts';
import { productionRoot } from './production-root.ts';

closeKeyringsAfterEach();

const root = (more: Partial<Root> = {}): Root => ({ ...productionRoot(), ...more });
const recovery = true;

describe('a store of production', () => {
  it.each<[string, readonly Root[]]>([
    ['one root', [root()]],
    ['one root for recovery', [root({ recovery })]],
    ['one root twice', Array<Root>(2).fill(root({ recovery }))],
    ['two roots, none for recovery', [root(), root()]],
    [
      'two roots of one failure domain',
      [root({ recovery, failureDomain: 'rack 7' }), root({ failureDomain: 'rack 7' })],
    ],
  ])('is not made with %s, and nobody is asked', async (_what, roots) => {
    const store = instrumentedStore();
    const devices = roots.map(fakeRoot);
    const given = roots[0] === roots[1] ? [devices[0], devices[0]] : devices;
    const init = initKeyStore({ store, roots: given as Root[], environment: 'prod' });
    await expect(init).rejects.toMatchObject({
      code: 'ERR_SLOT_REQUIRED',
      meta: { reason: 'RECOVERY_ROOT' },
    });
    expect(new Set(Object.values(store.calls))).toEqual(new Set([0]));
    for (const device of devices) expect(device.calls()).toEqual({ seal: 0, open: 0 });
  });

  it.each<[string, readonly Root[]]>([
    ['two without names', [root(), root({ recovery })]],
    ['one without a name', [root({ failureDomain: 'rack 7' }), root({ recovery })]],
    [
      'two of different names',
      [root({ failureDomain: 'rack 7' }), root({ recovery, failureDomain: 'safe' })],
    ],
  ])('is made with a root for recovery: %s, each opened once', async (_what, roots) => {
    const store = instrumentedStore();
    const devices = roots.map(fakeRoot);
    const { pin } = await initKeyStore({ store, roots: devices, environment: 'prod' });
    for (const device of devices) {
      expect(device.calls()).toEqual({ seal: 1, open: 1 });
      await openForTest({ store, roots: [device], environment: 'prod', pin });
    }
  });

  it('is made without when somebody says why', async () => {
    const options = { store: instrumentedStore(), roots: [root()], environment: 'prod' };
    for (const acceptLoss of ['', ' ', 7, 'x'.repeat(1025)]) {
      await expect(initKeyStore({ ...options, acceptLoss } as never)).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
        meta: { option: 'acceptLoss' },
      });
    }
    const { pin } = await initKeyStore({ ...options, acceptLoss: 'a demo' });
    await openForTest({ ...options, pin });
  });
});
