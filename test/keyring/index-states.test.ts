import {
  createFieldCodec,
  createMemoryStore,
  type FieldCodec,
  type IndexState,
  type Manifest,
  type ManifestIndex,
} from '@fieldseal/core';
import { fixedClock, memoryRoot, testKeyring } from '@fieldseal/testing';
import { describe, expect, test, vi } from 'vitest';
import { insiderOf } from './insider.ts';

const LATER = 'people.name.equality';
const FIRST = 'people.name.last4';

const last4: ManifestIndex = {
  id: FIRST,
  name: 'nameLast4',
  column: 'name_last4',
  kind: 'part',
  part: 'last4',
  normalizer: 'raw@1',
  acceptLeakage: 'test',
};
const equality: ManifestIndex = {
  id: LATER,
  name: 'nameToken',
  column: 'name_token',
  kind: 'equality',
  normalizer: 'raw@1',
};

function manifestWith(...indexes: ManifestIndex[]): Manifest {
  return {
    version: 1,
    adapter: 'test',
    models: [
      {
        name: 'Person',
        table: 'people',
        primaryKey: [],
        fields: [
          {
            name: 'name',
            column: 'name',
            id: 'people.name',
            type: 'string',
            storage: 'text',
            nullable: true,
            key: 'alias/kyc',
            bind: 'field',
            indexes,
          },
        ],
      },
    ],
  };
}

/** Two processes: one of the version before the index, and one with it. */
async function processes() {
  const shared = { store: createMemoryStore(), roots: [memoryRoot()] };
  const clock = fixedClock();
  const first = await testKeyring({ ...shared, clock });
  const second = await testKeyring({ ...shared, clock });
  const before = createFieldCodec({ keyring: second, manifest: manifestWith(last4) });
  const after = createFieldCodec({ keyring: first, manifest: manifestWith(last4, equality) });
  await before.register();
  await after.register();
  return { ...shared, clock, first, second, before, after };
}

async function write(codec: FieldCodec, value: string | null): Promise<Record<string, unknown>> {
  const target: Record<string, unknown> = { name: value };
  const call = codec.call('Person.create');
  call.seal({ model: 'Person', target, scope: {} });
  await call.run();
  return target;
}

async function lookUp(codec: FieldCodec, operator: 'equals' | 'endsWith', operand: string) {
  const call = codec.call('Person.findMany');
  let column: string | undefined;
  call.lookup({ model: 'Person', field: 'name', operator, operand }, (predicate) => {
    column = predicate.column;
  });
  await call.run();
  return column;
}

const building = expect.objectContaining({
  code: 'ERR_OPERATOR_UNSUPPORTED',
  meta: expect.objectContaining({ index: 'nameToken', reason: 'building' }),
});

describe('an index', () => {
  test('that came with its field is ready, one that came later is not', async () => {
    const { first, after } = await processes();
    expect(first.indexStateOf(FIRST)).toBe('ready');
    expect(first.indexStateOf(LATER)).toBe('building');
    expect(first.indexStateOf('people.name')).toBeUndefined();
    expect([after.isReady('Person', 'nameLast4'), after.isReady('Person', 'nameToken')]).toEqual([
      true,
      false,
    ]);
    expect(after.isReady('Person', 'name')).toBeUndefined();
  });

  test('answers no lookup before it is ready', async () => {
    const { first, after } = await processes();
    expect(await lookUp(after, 'endsWith', 'sha!')).toBe('nameLast4');
    for (const state of ['closing', 'ready'] as const) {
      await expect(lookUp(after, 'equals', 'Asha')).rejects.toEqual(building);
      expect(() =>
        after.shapeOf('Person.findMany', {
          model: 'Person',
          field: 'name',
          operator: 'equals',
          operand: 'Asha',
        }),
      ).toThrow(building);
      await first.setIndexState(LATER, state);
    }
    expect(await lookUp(after, 'equals', 'Asha')).toBe('nameToken');
    await first.setIndexState(LATER, 'building');
    await expect(lookUp(after, 'equals', 'Asha')).rejects.toEqual(building);
  });

  test('that the store has not heard of yet answers none either', async () => {
    const { first, second } = await processes();
    const newer = { ...equality, id: 'people.name.other' };
    const codec = createFieldCodec({ keyring: first, manifest: manifestWith(last4, newer) });
    await expect(lookUp(codec, 'equals', 'Asha')).rejects.toEqual(building);
    const untouched = createFieldCodec({
      keyring: await testKeyring(),
      manifest: manifestWith(equality),
    });
    expect(await lookUp(untouched, 'equals', 'Asha')).toBe('nameToken');
    await second.close();
  });

  test('that is closed lets no version write which does not know of it', async () => {
    const { clock, first, second, before, after } = await processes();
    expect(await write(before, 'Asha')).not.toHaveProperty('nameToken');
    await first.setIndexState(LATER, 'closing');
    clock.advance(10_000);
    await vi.waitFor(() => expect(second.indexStateOf(LATER)).toBe('closing'));
    for (const value of ['Asha', null]) {
      await expect(write(before, value)).rejects.toMatchObject({
        code: 'ERR_MANIFEST_MISMATCH',
        meta: { model: 'Person', field: 'name', index: LATER },
      });
    }
    expect(await write(after, 'Asha')).toHaveProperty('nameToken', expect.any(Uint8Array));
    await first.setIndexState(LATER, 'building');
    clock.advance(10_000);
    await vi.waitFor(() => expect(second.indexStateOf(LATER)).toBe('building'));
    expect(await write(before, 'Asha')).toHaveProperty('nameLast4', expect.any(Uint8Array));
  });
});

describe('changing the state of an index', () => {
  const PATHS: Readonly<Record<IndexState, readonly IndexState[]>> = {
    building: [],
    closing: ['closing'],
    ready: ['closing', 'ready'],
    rotating: ['closing', 'ready', 'rotating'],
  };
  const STEPS = [
    'building closing',
    'closing ready',
    'closing building',
    'ready building',
    'ready rotating',
    'rotating ready',
  ];
  const states = Object.keys(PATHS) as readonly IndexState[];
  const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));

  test.each(pairs)('from %s to %s', async (from, to) => {
    const { first } = await processes();
    for (const state of PATHS[from]) await first.setIndexState(LATER, state);
    const isStep = from === to || STEPS.includes(`${from} ${to}`);
    if (isStep) await first.setIndexState(LATER, to);
    else {
      await expect(first.setIndexState(LATER, to)).rejects.toMatchObject({
        code: 'ERR_PHASE_CHANGE',
        meta: { index: LATER, reason: from },
      });
    }
    expect(first.indexStateOf(LATER)).toBe(isStep ? to : from);
  });

  test('rotates it: its tokens are of the next generation afterwards, also after it was dropped', async () => {
    const { first, after, clock, second } = await processes();
    for (const state of ['closing', 'ready'] as const) await first.setIndexState(LATER, state);
    const before = (await write(after, 'Asha')).nameToken as Uint8Array;
    await first.setIndexState(LATER, 'rotating');
    const both = (await write(after, 'Asha')).nameToken as Uint8Array;
    expect(both).toHaveLength(64);
    expect(both.slice(0, 32)).toEqual(before);
    await first.setIndexState(LATER, 'ready');
    const next = (await write(after, 'Asha')).nameToken;
    expect(both.slice(32)).toEqual(next);
    expect(next).not.toEqual(before);
    for (const state of ['building', 'closing'] as const) await first.setIndexState(LATER, state);
    expect((await write(after, 'Asha')).nameToken).toEqual(next);
    clock.advance(10_000);
    await vi.waitFor(() => expect(second.indexStateOf(LATER)).toBe('closing'));
    const elsewhere = createFieldCodec({
      keyring: second,
      manifest: manifestWith(last4, equality),
    });
    expect((await write(elsewhere, 'Asha')).nameToken).toEqual(next);
  });

  test('refuses what is no index, and what is no state', async () => {
    const { first } = await processes();
    for (const id of ['people.name', 'people.nobody']) {
      await expect(first.setIndexState(id, 'closing')).rejects.toMatchObject({
        code: 'ERR_FIELD_UNKNOWN',
      });
    }
    await expect(first.setIndexState(LATER, 'sealed' as IndexState)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
  });

  test('is in the audit trail', async () => {
    const { first, store } = await processes();
    await first.setIndexState(LATER, 'closing');
    const entries = await store.readAudit({ chain: 'management', after: 0n, limit: 1000 });
    const actions = entries.map(({ columns }) => columns.action);
    expect(actions).toContain('SetIndexState');
  });

  test('takes a key: whoever can only write the store cannot open an index', async () => {
    const { store, roots, first } = await processes();
    await first.setIndexState(LATER, 'closing');
    const insider = await insiderOf(store, roots[0]!);
    const [row] = await insider.rows('phase');
    const state = await store.readControl();
    const put = [{ ...row!, columns: { ...row!.columns, phase: 'index-ready' } }];
    const head = { ...state!.head, epoch: state!.head.epoch + 1n };
    await store.writeControl({ expectedEpoch: state!.head.epoch, put, remove: [], head });
    await expect(testKeyring({ store, roots })).rejects.toMatchObject({
      code: 'ERR_STORE_INTEGRITY',
    });
  });
});
