import {
  createFieldCodec,
  createMemoryStore,
  type FieldPhase,
  type Manifest,
  type ManifestField,
} from '@fieldseal/core';
import { fixedClock, memoryRoot, testKeyring } from '@fieldseal/testing';
import { describe, expect, test, vi } from 'vitest';
import { insiderOf } from './insider.ts';

const FIELD = 'people.name';

function manifestWith(phase: ManifestField['phase']): Manifest {
  const field: ManifestField = {
    name: 'name',
    column: 'name',
    id: FIELD,
    type: 'string',
    storage: 'text',
    nullable: false,
    key: 'alias/kyc',
    bind: 'field',
    indexes: [],
    ...(phase === undefined ? {} : { phase }),
  };
  const model = { name: 'Person', table: 'people', primaryKey: [], fields: [field] };
  return { version: 1, adapter: 'test', models: [model] };
}

async function processes(phase: ManifestField['phase']) {
  const shared = { store: createMemoryStore(), roots: [memoryRoot()] };
  const clock = fixedClock();
  const first = await testKeyring({ ...shared, clock });
  const second = await testKeyring({ ...shared, clock });
  const [a, b] = [first, second].map((keyring) =>
    createFieldCodec({ keyring, manifest: manifestWith(phase) }),
  ) as [ReturnType<typeof createFieldCodec>, ReturnType<typeof createFieldCodec>];
  await a.register();
  await b.register();
  return { clock, first, second, a, b };
}

async function written(codec: ReturnType<typeof createFieldCodec>): Promise<unknown> {
  const target = { name: 'Asha' };
  const call = codec.call('Person.create');
  call.seal({ model: 'Person', target, scope: {} });
  await call.run();
  return target.name;
}

describe('a field that is new to the store', () => {
  test.each(['plain', 'migrating', 'leaving'] as const)('starts as %s', async (phase) => {
    const { first } = await processes(phase);
    expect(first.phaseOf(FIELD)).toBe(phase);
  });

  test('is sealed when its manifest names no phase, and stays so whatever it says later', async () => {
    const { first } = await processes(undefined);
    expect(first.phaseOf(FIELD)).toBe('sealed');
    const codec = createFieldCodec({ keyring: first, manifest: manifestWith('plain') });
    await codec.register();
    expect(codec.phaseOf('Person', 'name')).toBe('sealed');
    expect(first.phaseOf('people.nobody')).toBeUndefined();
  });
});

describe('changing a phase', () => {
  const STEPS: readonly (readonly [FieldPhase, FieldPhase])[] = [
    ['plain', 'migrating'],
    ['migrating', 'sealed'],
    ['migrating', 'leaving'],
    ['sealed', 'leaving'],
    ['sealed', 'migrating'],
    ['leaving', 'plain'],
    ['leaving', 'migrating'],
  ];
  const PATHS: Readonly<Record<FieldPhase, readonly FieldPhase[]>> = {
    plain: [],
    migrating: ['migrating'],
    sealed: ['migrating', 'sealed'],
    leaving: ['migrating', 'leaving'],
  };
  const phases = Object.keys(PATHS) as readonly FieldPhase[];
  const pairs = phases.flatMap((from) => phases.map((to) => [from, to] as const));

  test.each(pairs)('from %s to %s', async (from, to) => {
    const { first } = await processes('plain');
    for (const phase of PATHS[from]) await first.setPhase(FIELD, phase);
    const isStep = from === to || STEPS.some(([a, b]) => a === from && b === to);
    if (isStep) await first.setPhase(FIELD, to);
    else {
      await expect(first.setPhase(FIELD, to)).rejects.toMatchObject({
        code: 'ERR_PHASE_CHANGE',
        meta: { field: FIELD, reason: from },
      });
    }
    expect(first.phaseOf(FIELD)).toBe(isStep ? to : from);
  });

  test('refuses a field that nobody registered, and a phase that is none', async () => {
    const { first } = await processes('plain');
    await expect(first.setPhase('people.nobody', 'plain')).rejects.toMatchObject({
      code: 'ERR_FIELD_UNKNOWN',
    });
    await expect(first.setPhase(FIELD, 'open' as FieldPhase)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
  });
});

describe('other processes', () => {
  test('learn of a phase within 10 s', async () => {
    const { clock, first, b } = await processes('plain');
    await first.setPhase(FIELD, 'migrating');
    clock.advance(10_000);
    await vi.waitFor(() => expect(b.phaseOf('Person', 'name')).toBe('migrating'));
    expect(await written(b)).toMatch(/^fs1\./);
  });

  test('go on writing cells while somebody may not read plaintext yet', async () => {
    const { clock, first, a } = await processes('plain');
    for (const phase of ['migrating', 'sealed', 'leaving'] as const) {
      await first.setPhase(FIELD, phase);
    }
    clock.advance(14_000);
    expect(a.phaseOf('Person', 'name')).toBe('leaving');
    expect(await written(a)).toMatch(/^fs1\./);
    clock.advance(2000);
    expect(await written(a)).toBe('Asha');
  });

  test('that start long after a change do not wait', async () => {
    const shared = { store: createMemoryStore(), roots: [memoryRoot()] };
    const clock = fixedClock();
    const first = await testKeyring({ ...shared, clock });
    await createFieldCodec({ keyring: first, manifest: manifestWith('plain') }).register();
    await first.setPhase(FIELD, 'migrating');
    await first.setPhase(FIELD, 'leaving');
    clock.advance(120_000);
    const late = await testKeyring({ ...shared, clock });
    expect(
      await written(createFieldCodec({ keyring: late, manifest: manifestWith('plain') })),
    ).toBe('Asha');
  });
});

describe('somebody who can write the store but has no key', () => {
  test.each(['plain', 'leaving'] as const)('cannot set a phase back to %s', async (phase) => {
    const store = createMemoryStore();
    const roots = [memoryRoot()];
    const keyring = await testKeyring({ store, roots });
    await createFieldCodec({ keyring, manifest: manifestWith('plain') }).register();
    await keyring.setPhase(FIELD, 'migrating');
    await keyring.setPhase(FIELD, 'sealed');
    const state = await store.readControl();
    const row = state?.rows.find(({ table }) => table === 'phase');
    if (state === null || row === undefined) throw new RangeError('There is no phase');
    const put = [{ ...row, columns: { ...row.columns, phase } }];
    const { head } = state;
    const forged = { ...head, epoch: head.epoch + 1n };
    await store.writeControl({ expectedEpoch: head.epoch, put, remove: [], head: forged });
    await expect(testKeyring({ store, roots })).rejects.toMatchObject({
      code: 'ERR_STORE_INTEGRITY',
    });
  });

  test('cannot put the row of an earlier phase back, with the MAC that it had', async () => {
    const store = createMemoryStore();
    const root = memoryRoot();
    const keyring = await testKeyring({ store, roots: [root] });
    await createFieldCodec({ keyring, manifest: manifestWith('plain') }).register();
    const insider = await insiderOf(store, root);
    const [earlier] = await insider.rows('phase');
    if (earlier === undefined) throw new RangeError('There is no phase');
    await keyring.setPhase(FIELD, 'migrating');
    await keyring.setPhase(FIELD, 'sealed');
    const state = await store.readControl();
    if (state === null) throw new RangeError('The store is empty');
    const { head } = state;
    await store.writeControl({
      expectedEpoch: head.epoch,
      put: [earlier],
      remove: [],
      head: { ...head, epoch: head.epoch + 1n },
    });
    await expect(testKeyring({ store, roots: [root] })).rejects.toMatchObject({
      code: 'ERR_STORE_INTEGRITY',
    });
  });
});
