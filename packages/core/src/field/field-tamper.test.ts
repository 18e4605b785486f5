import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestField } from '../manifest/manifest.ts';
import { codecOverDoor } from './codec-over-door.ts';
import { equality, field, ID, OTHER_ID, part } from './customer-manifest.fake.ts';
import type { FieldCodec } from './field-codec.ts';
import { type FakeDoor, fakeDoor } from './key-door.fake.ts';

type Row = Record<string, unknown>;

const T1 = { tenant: 't1' };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A codec whose only model has these fields. */
function codecOf(door: FakeDoor, ...fields: readonly ManifestField[]): FieldCodec {
  const primaryKey = [{ name: 'id', column: 'id', type: 'uuid' }];
  const models = [{ name: 'Customer', table: 'customers', primaryKey, fields }];
  return codecOverDoor({
    door,
    manifest: { version: 1, adapter: 'prisma', models },
    ambientScope: () => ({}),
  });
}

async function seal(codec: FieldCodec, values: Row, scope = T1): Promise<Row> {
  const target: Row = { id: ID, tenantId: scope.tenant, ...values };
  const call = codec.call('Customer.create');
  call.seal({ model: 'Customer', target, row: { id: target.id }, scope });
  await call.run();
  return target;
}

async function open(codec: FieldCodec, row: Row, verify: readonly string[] = []): Promise<Row> {
  const copy = { ...row };
  await codec.open('Customer.findMany', [{ model: 'Customer', rows: [copy], verify }]);
  return copy;
}

async function refusal(codec: FieldCodec, row: Row, verify?: readonly string[]): Promise<string> {
  try {
    await open(codec, row, verify);
  } catch (error) {
    expect(error).toBeInstanceOf(FieldsealError);
    const { code, message, cause } = error as FieldsealError;
    expect(cause).toBeUndefined();
    if (code === 'ERR_CIPHERTEXT_REJECTED') {
      expect(message).toMatch(/^Customer\.\w+: Ciphertext rejected$/);
    }
    return code;
  }
  return 'opened';
}

const name = field('name');
const unbound = field('name', { bind: 'field' });
const { scope: _, ...unscoped } = unbound;

describe('a cell', () => {
  it('moved to another row is refused', async () => {
    const codec = codecOf(fakeDoor(), name);
    const row = await seal(codec, { name: 'Asha' });
    expect(await refusal(codec, row)).toBe('opened');
    expect(await refusal(codec, { ...row, id: OTHER_ID })).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('moved to another column is refused', async () => {
    const codec = codecOf(fakeDoor(), unbound, field('city', { bind: 'field' }));
    const row = await seal(codec, { name: 'Asha', city: 'Pune' });
    const swapped = { ...row, name: row.city, city: row.name };
    expect(await refusal(codec, swapped)).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('of another tenant is refused, although it is authentic', async () => {
    const codec = codecOf(fakeDoor(), unbound);
    const row = await seal(codec, { name: 'Asha' });
    await seal(codec, { name: 'Ravi' }, { tenant: 't2' });
    expect(await refusal(codec, { ...row, tenantId: 't2' })).toBe('ERR_CIPHERTEXT_REJECTED');
    expect(await refusal(codec, { ...row, tenantId: null })).toBe('ERR_SCOPE_REQUIRED');
    expect(await refusal(codec, { ...row, tenantId: undefined })).toBe('ERR_SCOPE_REQUIRED');
  });

  it('of another tenant is refused also between rows that are in order', async () => {
    const codec = codecOf(fakeDoor(), unbound);
    const rows = [await seal(codec, { name: 'a' }), await seal(codec, { name: 'b' })];
    const moved = { ...(rows[0] as Row), tenantId: 't2' };
    const page = [rows[0] as Row, moved, rows[1] as Row];
    await expect(codec.open('x', [{ model: 'Customer', rows: page }])).rejects.toMatchObject({
      code: 'ERR_CIPHERTEXT_REJECTED',
    });
  });

  it('under a data key with a scope is refused in a field without, and the reverse', async () => {
    const door = fakeDoor();
    const scoped = codecOf(door, unbound);
    const free = codecOf(door, unscoped);
    const bySubject = codecOf(door, { ...unbound, subject: 'personId' });
    const inScope = await seal(scoped, { name: 'Asha' });
    const inNone = await seal(free, { name: 'Asha' });
    expect(await refusal(free, inScope)).toBe('ERR_CIPHERTEXT_REJECTED');
    expect(await refusal(scoped, inNone)).toBe('ERR_CIPHERTEXT_REJECTED');
    expect(await refusal(bySubject, { ...inScope, personId: 'p' })).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('of another subject is refused', async () => {
    const codec = codecOf(fakeDoor(), { ...unbound, subject: 'personId' });
    const row = await seal(codec, { name: 'Asha' }, { ...T1, subject: 'p1' } as typeof T1);
    expect(await refusal(codec, { ...row, personId: 'p1' })).toBe('opened');
    expect(await refusal(codec, { ...row, personId: 'p2' })).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('of another environment is refused, although its keys are the same', async () => {
    const door = fakeDoor('staging');
    const codec = codecOf(door, unbound);
    const row = await seal(codec, { name: 'Asha' });
    door.environment = 'production';
    expect(await refusal(codec, row)).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('bound to no row is refused in a row-bound field, and the reverse', async () => {
    const door = fakeDoor();
    const ofRow = await seal(codecOf(door, name), { name: 'Asha' });
    const ofField = await seal(codecOf(door, unbound), { name: 'Asha' });
    expect(await refusal(codecOf(door, name), ofField)).toBe('ERR_CIPHERTEXT_REJECTED');
    expect(await refusal(codecOf(door, unbound), ofRow)).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('with a value of another type is refused by its own code', async () => {
    const door = fakeDoor();
    const row = await seal(codecOf(door, unbound), { name: '5' });
    const asDecimal = codecOf(door, { ...unbound, type: 'decimal' });
    expect(await refusal(asDecimal, row)).toBe('ERR_CELL_TYPE');
  });

  it('whose data key does not exist is refused', async () => {
    const door = fakeDoor();
    const codec = codecOf(door, unbound);
    const row = await seal(codec, { name: 'Asha' });
    door.forget();
    expect(await refusal(codec, row)).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('of one suite opens whatever suite is written now', async () => {
    const door = fakeDoor();
    const row = await seal(codecOf(door, { ...unbound, suite: 1 }), { name: 'Asha' });
    const now = codecOf(door, { ...unbound, suite: 2 });
    const other = await seal(now, { name: 'Ravi' });
    const rows = [row, other, { ...row }];
    await now.open('x', [{ model: 'Customer', rows }]);
    expect(rows.map((opened) => opened.name)).toEqual(['Asha', 'Ravi', 'Asha']);
  });

  it('as text is refused with any other character at any place', async () => {
    const codec = codecOf(fakeDoor(), unbound);
    const row = await seal(codec, { name: 'Asha' });
    const cell = row.name as string;
    const places = fc.nat(cell.length - 1);
    const characters = fc.oneof(fc.constantFrom(...ALPHABET), fc.string({ maxLength: 2 }));
    await fc.assert(
      fc.asyncProperty(places, characters, fc.boolean(), async (place, character, isFirst) => {
        const altered = cell.slice(0, place) + character + cell.slice(place + 1);
        fc.pre(altered !== cell);
        const bad = { ...row, name: altered };
        const rows = isFirst ? [bad, { ...row }] : [{ ...row }, bad];
        await expect(codec.open('x', [{ model: 'Customer', rows }])).rejects.toMatchObject({
          code: 'ERR_CIPHERTEXT_REJECTED',
        });
      }),
      { numRuns: 300 },
    );
  });

  it('as bytes is refused with any bit flipped', async () => {
    const codec = codecOf(fakeDoor(), { ...unbound, storage: 'bytes' });
    const row = await seal(codec, { name: 'Asha' });
    const cell = row.name as Uint8Array;
    for (let bit = 0; bit < cell.length * 8; bit++) {
      const altered = Uint8Array.from(cell);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      const rows = [{ ...row }, { ...row, name: altered }];
      await expect(codec.open('x', [{ model: 'Customer', rows }])).rejects.toMatchObject({
        code: 'ERR_CIPHERTEXT_REJECTED',
      });
    }
  });

  it.each([
    ['plaintext', 'Asha'],
    ['an empty text', ''],
    ['a prefix alone', 'fs1.'],
    ['a number', 5],
    ['bytes', new Uint8Array(80)],
    ['an object', { toString: () => 'fs1.' }],
    ['a cell in an array', ['fs1.']],
  ])('is not %s: that is refused, never passed on', async (_, value) => {
    const codec = codecOf(fakeDoor(), unbound);
    const row = await seal(codec, { name: 'Asha' });
    expect(await refusal(codec, { ...row, name: value })).toBe('ERR_CIPHERTEXT_REJECTED');
    const binary = codecOf(fakeDoor(), { ...unbound, storage: 'bytes' });
    expect(await refusal(binary, { ...row, name: value })).toBe('ERR_CIPHERTEXT_REJECTED');
  });
});

describe('a verified lookup', () => {
  const indexed = field('name', {
    bind: 'field',
    indexes: [equality('name', 'raw@1'), part('name', 'last4')],
  });
  const both = ['nameToken', 'name_last4'];

  it('accepts the tokens of the value', async () => {
    const codec = codecOf(fakeDoor(), indexed);
    const row = await seal(codec, { name: 'Asha' });
    expect(await refusal(codec, row, both)).toBe('opened');
    const cleared = { ...row, name: null, nameToken: null, name_last4: null };
    expect(await refusal(codec, cleared, both)).toBe('opened');
    expect(await refusal(codec, { id: ID, tenantId: 't1' }, both)).toBe('opened');
  });

  it.each([
    ['of another row', (_: Row, other: Row): Row => ({ nameToken: other.nameToken })],
    ['of another index', (row: Row): Row => ({ nameToken: row.name_last4 })],
    ['that was removed', (): Row => ({ nameToken: null })],
    ['that was not selected', (): Row => ({ nameToken: undefined })],
    [
      'that is cut short',
      (row: Row): Row => ({ nameToken: (row.nameToken as Uint8Array).slice(0, 31) }),
    ],
    ['beside a field that was cleared', (): Row => ({ name: null })],
    [
      'as text',
      (row: Row): Row => ({ nameToken: Buffer.from(row.nameToken as Uint8Array).toString('hex') }),
    ],
  ])('refuses a token %s', async (_, change) => {
    const codec = codecOf(fakeDoor(), indexed);
    const row = await seal(codec, { name: 'Asha' });
    const other = await seal(codec, { name: 'Ravi' });
    expect(await refusal(codec, { ...row, ...change(row, other) }, ['nameToken'])).toBe(
      'ERR_INDEX_MISMATCH',
    );
  });

  it('by an index that the model does not have is refused', async () => {
    const codec = codecOf(fakeDoor(), indexed);
    expect(await refusal(codec, { id: ID }, ['otherToken'])).toBe('ERR_FIELD_UNKNOWN');
  });
});

describe('tokens of one value', () => {
  const hex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('hex');

  it('differ between fields, tenants, normalisers and kinds, and are equal otherwise', async () => {
    const door = fakeDoor();
    const codec = codecOf(
      door,
      field('a', { bind: 'field', indexes: [equality('a', 'raw@1'), part('a', 'last4')] }),
      field('b', { bind: 'field', indexes: [equality('b', 'raw@1')] }),
    );
    const trimmed = codecOf(
      door,
      field('a', { bind: 'field', indexes: [equality('a', 'trim@1')] }),
    );
    const first = await seal(codec, { a: '1234', b: '1234' });
    const again = await seal(codec, { a: '1234', b: '1234' });
    const elsewhere = await seal(codec, { a: '1234', b: '1234' }, { tenant: 't2' });
    const other = await seal(trimmed, { a: '1234' });
    expect(again.aToken).toEqual(first.aToken);
    expect(again.a).not.toBe(first.a);
    const tokens = [first.aToken, first.bToken, elsewhere.aToken, elsewhere.bToken, other.aToken];
    expect(new Set(tokens.map(hex)).size).toBe(tokens.length);
    expect(hex(first.aToken).startsWith(hex(first.a_last4))).toBe(false);
  });

  it('are the same for all tenants of a global index', async () => {
    const index = { ...equality('a', 'raw@1'), global: 'one person, many tenants' };
    const codec = codecOf(fakeDoor(), field('a', { bind: 'field', indexes: [index] }));
    const rows = [await seal(codec, { a: 'x' }), await seal(codec, { a: 'x' }, { tenant: 't2' })];
    expect(rows[1]?.aToken).toEqual(rows[0]?.aToken);
    expect(await refusal(codec, rows[1] as Row, ['aToken'])).toBe('opened');
  });
});
