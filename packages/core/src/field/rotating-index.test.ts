import { describe, expect, it } from 'vitest';
import type { Predicate } from '../index/predicate.ts';
import { codecOverDoor } from './codec-over-door.ts';
import { ID, manifest } from './customer-manifest.fake.ts';
import type { FieldCodec, LookupOp } from './field-codec.ts';
import { type FakeDoor, fakeDoor } from './key-door.fake.ts';

const INDEXES = ['customer.aadhaar.equality', 'customer.aadhaar.last4'];
const VALUE = '2345 6789 0124';

type Row = Record<string, unknown>;

function setUp(): { readonly door: FakeDoor; readonly codec: FieldCodec } {
  const door = fakeDoor();
  return { door, codec: codecOverDoor({ door, manifest, ambientScope: () => ({}) }) };
}

function setGenerations(door: FakeDoor, ...generations: number[]): void {
  for (const id of INDEXES) door.indexGenerations.set(id, generations);
}

async function sealed(codec: FieldCodec, aadhaar: string | null = VALUE): Promise<Row> {
  const target: Row = { id: ID, tenantId: 't1', aadhaar };
  const call = codec.call('Customer.create');
  call.seal({ model: 'Customer', target, row: { id: ID }, scope: { tenant: 't1' } });
  await call.run();
  return target;
}

async function lookup(codec: FieldCodec, op: Omit<LookupOp, 'model' | 'field'>) {
  const whole = { model: 'Customer', field: 'aadhaar', tenant: 't1', ...op };
  let found: Predicate | undefined;
  const call = codec.call('Customer.findMany');
  call.lookup(whole, (predicate) => {
    found = predicate;
  });
  const { match } = codec.shapeOf('Customer.findMany', whole);
  await call.run();
  expect(found?.match).toBe(match);
  return found as Predicate;
}

/** The tokens of one value under one generation and under the next. */
async function tokens() {
  const { door, codec } = setUp();
  const older = await sealed(codec);
  setGenerations(door, 2);
  const newer = await sealed(codec);
  setGenerations(door, 1, 2);
  return { door, codec, older, newer };
}

describe('an index that rotates', () => {
  it('gives a row the tokens of both generations, the older one first, for the trigger to choose', async () => {
    const { codec, older, newer } = await tokens();
    const row = await sealed(codec);
    for (const name of ['aadhaarToken', 'aadhaar_last4']) {
      expect(older[name]).not.toEqual(newer[name]);
      expect(Buffer.from(row[name] as Uint8Array).toString('hex')).toBe(
        [older[name], newer[name]]
          .map((each) => Buffer.from(each as Uint8Array).toString('hex'))
          .join(''),
      );
    }
    expect(await sealed(codec, null)).toMatchObject({ aadhaarToken: null, aadhaar_last4: null });
  });

  it('is asked for both', async () => {
    const { codec, older, newer } = await tokens();
    const both = [older.aadhaarToken, newer.aadhaarToken];
    for (const [operator, operand, negated] of [
      ['equals', VALUE, false],
      ['in', [VALUE, '2345-6789-0124'], false],
      ['not', VALUE, true],
      ['notIn', [VALUE], true],
    ] as const) {
      const asked = await lookup(codec, { operator, operand });
      expect(asked).toMatchObject({ match: 'in', tokens: both, negated });
    }
    expect(await lookup(codec, { operator: 'endsWith', operand: '0124' })).toMatchObject({
      match: 'in',
      tokens: [older.aadhaar_last4, newer.aadhaar_last4],
    });
  });

  it('verifies a row with either token, and with no other', async () => {
    const { codec, older, newer, door } = await tokens();
    const verify = ['aadhaarToken', 'aadhaar_last4'];
    const open = async (row: Row) => {
      const rows = [{ ...row }];
      await codec.open('Customer.findMany', [{ model: 'Customer', rows, verify }]);
      return rows[0]?.aadhaar;
    };
    expect(await open(older)).toBe(VALUE);
    expect(await open({ ...newer, aadhaar_last4: older.aadhaar_last4 })).toBe(VALUE);
    const mismatch = expect.objectContaining({ code: 'ERR_INDEX_MISMATCH' });
    const other = await sealed(codec, '9999 8888 7777');
    await expect(open({ ...older, aadhaar: other.aadhaar })).rejects.toEqual(mismatch);
    // what was to go through the trigger and did not
    await expect(open(await sealed(codec))).rejects.toEqual(mismatch);
    setGenerations(door, 2);
    await expect(open(older)).rejects.toEqual(mismatch);
  });

  it('is asked for one token again at its end', async () => {
    const { codec, door, newer } = await tokens();
    setGenerations(door, 2);
    expect(await lookup(codec, { operator: 'equals', operand: VALUE })).toMatchObject({
      match: 'equals',
      tokens: [newer.aadhaarToken],
    });
  });

  it('is asked and written by what holds when the keys are there', async () => {
    const { codec, door, newer } = await tokens();
    let found: Predicate | undefined;
    const call = codec.call('Customer.findMany');
    const op = { model: 'Customer', field: 'aadhaar', tenant: 't1' } as const;
    call.lookup({ ...op, operator: 'equals', operand: VALUE }, (predicate) => {
      found = predicate;
    });
    const target: Row = { id: ID, tenantId: 't1', aadhaar: VALUE };
    call.seal({ model: 'Customer', target, row: { id: ID }, scope: { tenant: 't1' } });
    setGenerations(door, 2);
    await call.run();
    expect(found).toMatchObject({ match: 'equals', tokens: [newer.aadhaarToken] });
    expect(target.aadhaarToken).toEqual(newer.aadhaarToken);
    expect(door.open).toBe(0);
  });
});
