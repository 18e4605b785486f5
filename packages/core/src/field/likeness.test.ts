import { expect, test } from 'vitest';
import { codecOverDoor } from './codec-over-door.ts';
import { ID, manifest } from './customer-manifest.fake.ts';
import { fakeDoor } from './key-door.fake.ts';
import type { Likeness } from './likeness.ts';

const ROWS: readonly (readonly [value: string, tenant: string])[] = [
  ['1234 5678 9012', 't1'],
  ['123456789012', 't1'],
  ['١٢٣٤٥٦٧٨٩٠١٢', 't1'],
  ['123456789012', 't2'],
  ['99999012', 't1'],
  ['', 't1'],
  ['-', 't1'],
];

function setUp() {
  const door = fakeDoor();
  return { door, codec: codecOverDoor({ door, manifest, ambientScope: () => ({}) }) };
}

/** Which rows are alike, by the place of the first of their kind. */
function alike(names: readonly string[]): readonly number[] {
  return names.map((name) => names.indexOf(name));
}

test.each(['aadhaarToken', 'aadhaar_last4'])(
  'values are called alike by %s exactly when they have one token',
  async (index) => {
    const { codec, door } = setUp();
    const targets: Record<string, unknown>[] = ROWS.map(([aadhaar, tenantId]) => ({
      id: ID,
      tenantId,
      aadhaar,
    }));
    const call = codec.call('Customer.create');
    for (const target of targets) {
      const scope = { tenant: String(target.tenantId) };
      call.seal({ model: 'Customer', target, row: { id: ID }, scope });
    }
    await call.run();
    const tokens = targets.map((target) =>
      Buffer.from(target[index] as Uint8Array).toString('hex'),
    );
    const asked = door.requests.length;

    const nameOf = codec.likeness('Customer', index) as Likeness;
    const names = ROWS.map(([value, tenant]) => nameOf(value, tenant));
    expect(alike(names)).toEqual(alike(tokens));
    expect(new Set(names).size).toBeGreaterThan(2);
    // no key was asked for, and no name is of a token
    expect(door.requests).toHaveLength(asked);
    for (const [i, name] of names.entries())
      expect(tokens[i]).not.toContain(Buffer.from(name, 'latin1').toString('hex'));
  },
);

test('two makers of names have nothing in common', () => {
  const { codec } = setUp();
  const make = () => codec.likeness('Customer', 'aadhaarToken') as Likeness;
  expect(make()('1', 't1')).not.toBe(make()('1', 't1'));
});

test('an index that is not there has no names, and a value of another type none either', () => {
  const { codec } = setUp();
  expect(codec.likeness('Customer', 'panToken')).toBeUndefined();
  expect(codec.likeness('Nobody', 'aadhaarToken')).toBeUndefined();
  const nameOf = codec.likeness('Customer', 'aadhaarToken') as Likeness;
  expect(() => nameOf(12, 't1')).toThrow(expect.objectContaining({ code: 'ERR_VALUE_TYPE' }));
});
