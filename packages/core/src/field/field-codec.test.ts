import { afterEach, describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Predicate } from '../index/predicate.ts';
import type { Scope } from '../keyring/key-door.ts';
import { codecOverDoor } from './codec-over-door.ts';
import { ID, manifest, OTHER_ID } from './customer-manifest.fake.ts';
import type { FieldCodec, LookupOp } from './field-codec.ts';
import { type FakeDoor, fakeDoor } from './key-door.fake.ts';

type Row = Record<string, unknown>;

let doors: FakeDoor[] = [];
afterEach(() => {
  // whatever happened, every lease was given back
  expect(doors.map(({ open }) => open)).toEqual(doors.map(() => 0));
  doors = [];
});

function setUp(ambient: Scope = {}): { door: FakeDoor; codec: FieldCodec } {
  const door = fakeDoor();
  doors.push(door);
  return { door, codec: codecOverDoor({ door, manifest, ambientScope: () => ambient }) };
}

async function sealed(
  codec: FieldCodec,
  values: Row,
  scope: Scope = { tenant: 't1' },
): Promise<Row> {
  const target = { id: ID, tenantId: scope.tenant, ...values };
  const call = codec.call('Customer.create');
  call.seal({ model: 'Customer', target, row: { id: target.id }, scope });
  await call.run();
  return target;
}

async function opened(codec: FieldCodec, row: Row, verify?: readonly string[]): Promise<Row> {
  const rows = [{ ...row }];
  const group = { model: 'Customer', rows };
  await codec.open('Customer.findMany', [verify === undefined ? group : { ...group, verify }]);
  return rows[0] as Row;
}

async function lookup(codec: FieldCodec, op: Omit<LookupOp, 'model'>): Promise<Predicate> {
  const found: Predicate[] = [];
  const call = codec.call('Customer.findMany');
  call.lookup({ model: 'Customer', ...op }, (predicate) => found.push(predicate));
  await call.run();
  expect(found).toHaveLength(1);
  return found[0] as Predicate;
}

async function errorOf(work: () => unknown): Promise<FieldsealError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(FieldsealError);
    expect((error as FieldsealError).cause).toBeUndefined();
    return error as FieldsealError;
  }
  return expect.unreachable('no error');
}

describe('sealing', () => {
  it('replaces values by cells, sets tokens beside them and opens to the same values', async () => {
    const { codec } = setUp();
    const values = { aadhaar: '2345 6789 0124', dob: '1990-05-17', scan: Uint8Array.of(1, 2, 3) };
    const row = await sealed(codec, values);
    expect(row.aadhaar).toMatch(/^fs1\./);
    expect(row.scan).toBeInstanceOf(Uint8Array);
    expect(row.scan).not.toEqual(values.scan);
    expect(row.aadhaarToken).toHaveLength(32);
    expect(row.aadhaar_last4).toHaveLength(16);
    expect(row.dob_year).toHaveLength(16);
    expect(JSON.stringify(row)).not.toContain('6789');
    expect(await opened(codec, row)).toMatchObject({
      aadhaar: '2345 6789 0124',
      dob: new Date('1990-05-17'),
      scan: Uint8Array.of(1, 2, 3),
    });
  });

  it('of undefined touches nothing, of null clears the field and its tokens', async () => {
    const { door, codec } = setUp();
    const row = await sealed(codec, { aadhaar: null, dob: undefined, name: 'Asha' });
    expect(row).toEqual({
      id: ID,
      tenantId: 't1',
      name: 'Asha',
      aadhaar: null,
      aadhaarToken: null,
      aadhaar_last4: null,
      dob: undefined,
    });
    // no key, and still what every write of the field has to know
    expect(door.requests).toEqual([{ operation: 'Customer.create', writes: true, via: 'prisma' }]);
    expect(door.open).toBe(0);
  });

  it('of null is refused like every other write when the store does not answer, or asks for another index', async () => {
    const { door, codec } = setUp();
    const lease = door.lease;
    door.lease = async (request) => {
      door.requiredIndexes.set('customer.aadhaar', ['customer.aadhaar.later']);
      return lease(request);
    };
    const clearing = () => sealed(codec, { aadhaar: null });
    await expect(clearing()).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
      meta: { index: 'customer.aadhaar.later', operation: 'Customer.create' },
    });
    expect(door.open).toBe(0);
    door.requiredIndexes.clear();
    door.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'away');
    door.lease = lease;
    await expect(clearing()).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });

  it('of null needs neither row nor scope', async () => {
    const { codec } = setUp();
    const target: Row = { aadhaar: null };
    const call = codec.call('Customer.updateMany');
    call.seal({ model: 'Customer', target, scope: {} });
    await call.run();
    expect(target).toEqual({ aadhaar: null, aadhaarToken: null, aadhaar_last4: null });
  });

  it('of the empty string makes a cell and tokens', async () => {
    const { codec } = setUp();
    const row = await sealed(codec, { aadhaar: '' });
    expect(row.aadhaar).toMatch(/^fs1\./);
    expect(row.aadhaarToken).toHaveLength(32);
    expect((await opened(codec, row, ['aadhaarToken', 'aadhaar_last4'])).aadhaar).toBe('');
  });

  it('of many rows asks for each key once', async () => {
    const { door, codec } = setUp();
    const call = codec.call('Customer.createMany');
    for (let i = 0; i < 10; i++) {
      const tenant = `t${i % 2}`;
      const target = { aadhaar: `${i}`, dob: '2000-01-01' };
      call.seal({ model: 'Customer', target, row: { id: ID }, scope: { tenant } });
    }
    await call.run();
    expect(door.requests).toHaveLength(1);
    expect(door.requests[0]).toMatchObject({ operation: 'Customer.createMany' });
    expect(door.requests[0]?.seal).toHaveLength(2);
    expect(door.requests[0]?.index).toEqual([
      { alias: 'alias/kyc', tenant: 't0', generation: 1 },
      { alias: 'alias/kyc', tenant: 't1', generation: 1 },
    ]);
  });

  it('is done once, however often run is called', async () => {
    const { door, codec } = setUp();
    const call = codec.call('Customer.create');
    call.seal({ model: 'Customer', target: { dob: '2000-01-01' }, scope: { tenant: 't1' } });
    await call.run();
    await call.run();
    expect(door.requests).toHaveLength(1);
  });

  it('of a field without key and scope is under the service-managed key of the adapter', async () => {
    const { door, codec } = setUp({ tenant: 'ignored' });
    const target: Row = { code: 'x' };
    const call = codec.call('Plain.create');
    call.seal({ model: 'Plain', target, scope: { tenant: 'ignored too' } });
    await call.run();
    expect(door.requests[0]?.seal).toEqual([{ alias: 'alias/fieldseal/prisma', scope: {} }]);
    expect(door.requests[0]?.index).toEqual([{ alias: 'alias/fieldseal/prisma', generation: 1 }]);
  });

  it.each([
    ['a value of another type', { dob: 5 }, {}, 'ERR_VALUE_TYPE', 'dob'],
    ['a lone surrogate', { aadhaar: '\udc00' }, {}, 'ERR_VALUE_TYPE', 'aadhaar'],
    ['no row', { aadhaar: '1' }, { row: undefined }, 'ERR_ROW_UNKNOWN', 'aadhaar'],
    [
      'a row without its key',
      { aadhaar: '1' },
      { row: { id: null } },
      'ERR_ROW_UNKNOWN',
      'aadhaar',
    ],
    [
      'a key of another type',
      { aadhaar: '1' },
      { row: { id: 'x' } },
      'ERR_ROW_IDENTITY',
      'aadhaar',
    ],
    ['no tenant', { dob: '2000-01-01' }, { scope: {} }, 'ERR_SCOPE_REQUIRED', 'dob'],
    [
      'an empty tenant',
      { dob: '2000-01-01' },
      { scope: { tenant: '' } },
      'ERR_SCOPE_REQUIRED',
      'dob',
    ],
    ['no subject', { note: {} }, {}, 'ERR_SCOPE_REQUIRED', 'note'],
    [
      'another tenant in the data',
      { dob: '2000-01-01', tenantId: 't2' },
      {},
      'ERR_SCOPE_CHANGE',
      'dob',
    ],
  ])('with %s is refused before anything is sealed', async (_, values, over, code, name) => {
    const { door, codec } = setUp();
    const call = codec.call('Customer.update');
    const target: Row = { scan: Uint8Array.of(1), ...values };
    const before = { ...target };
    const op = { model: 'Customer', target, row: { id: ID }, scope: { tenant: 't1' }, ...over };
    const error = await errorOf(() => call.seal(op as never));
    expect(error.code).toBe(code);
    expect(error.meta).toMatchObject({
      model: 'Customer',
      field: name,
      operation: 'Customer.update',
    });
    expect(target).toEqual(before);
    await call.run();
    expect(door.requests).toHaveLength(0);
  });

  it('of an oversize value is refused with its limit', async () => {
    const { codec } = setUp();
    const error = await errorOf(() => sealed(codec, { aadhaar: 'x'.repeat(1024 * 1024 + 1) }));
    expect(error.code).toBe('ERR_VALUE_TOO_LARGE');
    expect(error.meta).toMatchObject({ field: 'aadhaar', limitBytes: 1024 * 1024, row: ID });
  });

  it('of an unknown model is refused', async () => {
    const { codec } = setUp();
    const seal = (): void => codec.call('x').seal({ model: 'constructor', target: {}, scope: {} });
    expect((await errorOf(seal)).code).toBe('ERR_FIELD_UNKNOWN');
  });
});

describe('the shape of a lookup', () => {
  const op = { model: 'Customer', field: 'aadhaar', operator: 'in', operand: ['1', '2'] } as const;

  it('is what the lookup becomes, and needs no key', async () => {
    const { door, codec } = setUp({ tenant: 't1' });
    const shape = codec.shapeOf('Customer.findMany', op);
    expect(door.requests).toHaveLength(0);
    const { tokens, ...rest } = await lookup(codec, op);
    expect(shape).toEqual(rest);
    expect(tokens).toHaveLength(2);
  });

  it('is refused where the lookup is', async () => {
    const { codec } = setUp({ tenant: 't1' });
    const refused = await errorOf(() =>
      codec.shapeOf('Customer.findMany', { ...op, operator: 'startsWith' }),
    );
    expect(refused.code).toBe('ERR_OPERATOR_UNSUPPORTED');
  });
});

describe('the ambient scope', () => {
  it('stands in for a tenant that nobody names', async () => {
    const { codec } = setUp({ tenant: 't1' });
    const target: Row = { aadhaar: '1' };
    const call = codec.call('Customer.update');
    call.seal({ model: 'Customer', target, row: { id: ID }, scope: {} });
    await call.run();
    expect((await opened(codec, { id: ID, aadhaar: target.aadhaar })).aadhaar).toBe('1');
    const predicate = await lookup(codec, { field: 'aadhaar', operator: 'equals', operand: '1' });
    expect(predicate.tokens[0]).toEqual(target.aadhaarToken);
  });

  it('refuses what names another tenant', async () => {
    const { codec } = setUp({ tenant: 't2' });
    const row = await sealed(setUp().codec, { dob: '2000-01-01' });
    const op = { field: 'aadhaar', operator: 'equals', operand: '1', tenant: 't1' } as const;
    expect((await errorOf(() => sealed(codec, { dob: '2000-01-01' }))).code).toBe(
      'ERR_SCOPE_CHANGE',
    );
    expect((await errorOf(() => lookup(codec, op))).code).toBe('ERR_SCOPE_CHANGE');
    const { door } = setUp();
    const both = codecOverDoor({ door, manifest, ambientScope: () => ({ tenant: 't2' }) });
    expect((await errorOf(() => opened(both, row))).code).toMatch(/ERR_SCOPE_CHANGE|REJECTED/);
  });
});

describe('opening', () => {
  it('of a page asks for each data key once, in one lease', async () => {
    const { door, codec } = setUp();
    const rows: Row[] = [];
    for (const tenant of ['t1', 't2', 't1']) {
      rows.push(await sealed(codec, { aadhaar: tenant, dob: '2000-01-01' }, { tenant }));
      door.rotate();
    }
    door.requests.length = 0;
    await codec.open('Customer.findMany', [
      { model: 'Customer', rows: rows.slice(0, 2) },
      { model: 'Customer', rows: rows.slice(2) },
    ]);
    expect(rows.map(({ aadhaar }) => aadhaar)).toEqual(['t1', 't2', 't1']);
    expect(door.requests).toHaveLength(1);
    expect(new Set(door.requests[0]?.open).size).toBe(3);
  });

  it('of rows without cells asks for nothing', async () => {
    const { door, codec } = setUp();
    expect(await opened(codec, { id: ID, aadhaar: null })).toEqual({ id: ID, aadhaar: null });
    expect(door.requests).toHaveLength(0);
  });

  it('says which row could not be opened, and nothing of what is in it', async () => {
    const { codec } = setUp();
    const good = await sealed(codec, { aadhaar: 'secret one' });
    const bad = await sealed(codec, { id: OTHER_ID, aadhaar: 'secret two' });
    const rows = [good, { ...bad, aadhaar: good.aadhaar }];
    const error = await errorOf(() =>
      codec.open('Customer.findMany', [{ model: 'Customer', rows }]),
    );
    expect(error.code).toBe('ERR_CIPHERTEXT_REJECTED');
    expect(error.message).toBe('Customer.aadhaar: Ciphertext rejected');
    expect(error.meta).toEqual({
      model: 'Customer',
      field: 'aadhaar',
      operation: 'Customer.findMany',
      row: OTHER_ID,
    });
  });

  it('passes on why the keys could not be loaded, with the operation', async () => {
    const { door, codec } = setUp();
    const row = await sealed(codec, { aadhaar: '1' });
    door.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'gone', { reason: 'ECONNREFUSED' });
    const error = await errorOf(() => opened(codec, row));
    expect(error).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', retryable: true });
    expect(error.meta).toEqual({ operation: 'Customer.findMany', reason: 'ECONNREFUSED' });
  });
});
