import {
  createFieldCodec,
  createMemoryStore,
  type FieldCodec,
  FieldsealError,
  type Keyring,
  type Manifest,
  type ManifestField,
  type Predicate,
  withScope,
} from '@fieldseal/core';
import { memoryRoot, testKeyring } from '@fieldseal/testing';
import { afterEach, describe, expect, it } from 'vitest';

type Row = Record<string, unknown>;

const CARD = '0190f1c2-0000-7000-8000-000000000001';
const NUMBER = '4111 1111 1111 1234';

const number: ManifestField = {
  name: 'number',
  column: 'number',
  id: 'Card.number',
  type: 'string',
  storage: 'text',
  nullable: false,
  key: 'alias/cards',
  scope: 'tenantId',
  bind: 'row',
  indexes: [
    {
      id: 'Card.number.equality',
      kind: 'equality',
      name: 'numberToken',
      column: 'numberToken',
      normalizer: 'digits@1',
    },
    {
      id: 'Card.number.last4',
      kind: 'part',
      part: 'last4',
      name: 'numberLast4',
      column: 'numberLast4',
      normalizer: 'digits@1',
      acceptLeakage: 'support looks up by last four',
    },
  ],
};
const expiry: ManifestField = {
  name: 'expiry',
  column: 'expiry',
  id: 'Card.expiry',
  type: 'date',
  storage: 'bytes',
  nullable: true,
  key: null,
  bind: 'field',
  indexes: [],
};

function manifestOf(...fields: readonly ManifestField[]): Manifest {
  const primaryKey = [{ name: 'id', column: 'id', type: 'uuid' as const }];
  const models = [{ name: 'Card', table: 'Card', primaryKey, fields }];
  return { version: 1, adapter: 'prisma', models };
}
const manifest = manifestOf(number, expiry);

const keyrings: Keyring[] = [];
afterEach(async () => {
  await Promise.all(keyrings.splice(0).map((keyring) => keyring.close()));
});

async function open(options: Parameters<typeof testKeyring>[0] = {}): Promise<Keyring> {
  const keyring = await testKeyring(options);
  keyrings.push(keyring);
  return keyring;
}

async function seal(codec: FieldCodec, values: Row, tenant = 't1'): Promise<Row> {
  const target: Row = { id: CARD, tenantId: tenant, ...values };
  const call = codec.call('Card.create');
  call.seal({ model: 'Card', target, row: { id: target.id }, scope: { tenant } });
  await call.run();
  return target;
}

async function read(codec: FieldCodec, row: Row, verify: readonly string[] = []): Promise<Row> {
  const copy = { ...row };
  await codec.open('Card.findMany', [{ model: 'Card', rows: [copy], verify }]);
  return copy;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(FieldsealError);
    return (error as FieldsealError).code;
  }
  return 'none';
}

describe('fields over a keyring', () => {
  it('are sealed, found by their tokens, and opened again', async () => {
    const codec = createFieldCodec({ keyring: await open(), manifest });
    const row = await seal(codec, { number: NUMBER, expiry: '2031-07-01' });
    expect(row.number).toMatch(/^fs1\./);
    const found: Predicate[] = [];
    const call = codec.call('Card.findMany');
    const place = { model: 'Card', field: 'number', tenant: 't1' };
    const sink = (predicate: Predicate) => void found.push(predicate);
    call.lookup({ ...place, operator: 'equals', operand: '4111-1111-1111-1234' }, sink);
    call.lookup({ ...place, operator: 'endsWith', operand: '1234' }, sink);
    await call.run();
    expect(found.map(({ tokens }) => tokens[0])).toEqual([row.numberToken, row.numberLast4]);
    const opened = await read(codec, row, ['numberToken', 'numberLast4']);
    expect(opened).toMatchObject({ number: NUMBER, expiry: new Date('2031-07-01') });
  });

  it('open in another process, and under every version of their key', async () => {
    const store = { store: createMemoryStore(), roots: [memoryRoot()] };
    const first = await open(store);
    const writer = createFieldCodec({ keyring: first, manifest });
    const before = await seal(writer, { number: NUMBER });
    await first.rotateKey('alias/cards');
    const after = await seal(writer, { number: NUMBER });
    const reader = createFieldCodec({ keyring: await open(store), manifest });
    expect((await read(reader, before)).number).toBe(NUMBER);
    expect((await read(reader, after)).number).toBe(NUMBER);
    expect(after.numberToken).toEqual(before.numberToken);
  });

  it('of another store are refused', async () => {
    const codec = createFieldCodec({ keyring: await open(), manifest });
    const other = createFieldCodec({ keyring: await open(), manifest });
    const row = await seal(codec, { number: NUMBER });
    expect(await codeOf(read(other, row))).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('of another tenant are refused, and have other tokens', async () => {
    const codec = createFieldCodec({ keyring: await open(), manifest });
    const row = await seal(codec, { number: NUMBER });
    const other = await seal(codec, { number: NUMBER }, 't2');
    expect(other.numberToken).not.toEqual(row.numberToken);
    expect(await codeOf(read(codec, { ...row, tenantId: 't2' }))).toBe('ERR_CIPHERTEXT_REJECTED');
    const moved = { ...row, numberToken: other.numberToken };
    expect(await codeOf(read(codec, moved, ['numberToken']))).toBe('ERR_INDEX_MISMATCH');
    const inScope = withScope({ tenant: 't2' }, () => read(codec, row));
    expect(await codeOf(inScope)).toBe('ERR_SCOPE_CHANGE');
  });

  it('whose alias does not exist are refused, naming it', async () => {
    const keyring = await open({ createMissingAliases: false });
    const codec = createFieldCodec({ keyring, manifest });
    await expect(seal(codec, { number: NUMBER })).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      meta: { alias: 'alias/cards', operation: 'Card.create' },
    });
  });

  it('wait for nothing but microtasks once their keys are there', async () => {
    const codec = createFieldCodec({ keyring: await open(), manifest });
    const row = await seal(codec, { number: NUMBER, expiry: '2031-07-01' });
    await read(codec, row, ['numberToken']);
    let macrotasks = 0;
    const timer = setImmediate(() => {
      macrotasks += 1;
    });
    await read(codec, row, ['numberToken']);
    await seal(codec, { number: NUMBER, expiry: null });
    expect(macrotasks).toBe(0);
    clearImmediate(timer);
  });

  it('are refused when the keyring is closed', async () => {
    const keyring = await testKeyring();
    const codec = createFieldCodec({ keyring, manifest });
    const row = await seal(codec, { number: NUMBER });
    await keyring.close();
    expect(await codeOf(read(codec, row))).toBe('ERR_KEYRING_CLOSED');
  });
});

describe('the registry', () => {
  it('takes a manifest once, follows renamed columns and new fields', async () => {
    const keyring = await open();
    await createFieldCodec({ keyring, manifest: manifestOf(number) }).register();
    await createFieldCodec({ keyring, manifest }).register();
    const renamed = { ...number, name: 'pan', column: 'pan' };
    await createFieldCodec({ keyring, manifest: manifestOf(renamed, expiry) }).register();
  });

  const [equality, last4] = number.indexes as [
    ManifestField['indexes'][number],
    ManifestField['indexes'][number],
  ];
  it.each<[string, ManifestField]>([
    ['value type', { ...expiry, type: 'timestamp' }],
    ['binding', { ...number, bind: 'field' }],
    ['normaliser', { ...number, indexes: [{ ...equality, normalizer: 'raw@1' }, last4] }],
    ['scope of tokens', { ...number, indexes: [{ ...equality, global: 'one wallet' }, last4] }],
    ['part', { ...number, indexes: [equality, { ...last4, part: 'first6' }] }],
  ])('refuses another %s for an id that is known', async (_, changed) => {
    const keyring = await open();
    await createFieldCodec({ keyring, manifest }).register();
    const codec = createFieldCodec({ keyring, manifest: manifestOf(changed) });
    expect(await codeOf(codec.register())).toBe('ERR_MANIFEST_MISMATCH');
  });
});

describe('a field codec', () => {
  it('is refused without a keyring, with unknown options and with unknown normalisers', async () => {
    const keyring = await open();
    const make = (over: object) =>
      Promise.resolve().then(() => createFieldCodec({ keyring, manifest, ...over }));
    expect(await codeOf(make({ keyring: {} }))).toBe('ERR_CONFIG_INVALID');
    expect(await codeOf(make({ cache: true }))).toBe('ERR_CONFIG_INVALID');
    expect(await codeOf(make({ ambientScope: {} }))).toBe('ERR_CONFIG_INVALID');
    const custom = { ...number, indexes: [{ ...number.indexes[0], normalizer: 'luhn@1' }] };
    expect(await codeOf(make({ manifest: manifestOf(custom as ManifestField) }))).toBe(
      'ERR_MANIFEST_INVALID',
    );
    const normalizers = { 'luhn@1': (value: string) => value };
    expect(await codeOf(make({ manifest: manifestOf(custom as ManifestField), normalizers }))).toBe(
      'none',
    );
  });
});
