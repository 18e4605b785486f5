import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ValueType } from '../cell/value-type.ts';
import type { ManifestField } from '../manifest/manifest.ts';
import { codecOverDoor } from './codec-over-door.ts';
import { equality, field, manifest } from './customer-manifest.fake.ts';
import { fakeDoor } from './key-door.fake.ts';

type Row = Record<string, unknown>;

const date = fc.date({
  noInvalidDate: true,
  min: new Date('0000-01-01'),
  max: new Date('9999-12-31'),
});

/** Values of each type that come back as they went in. */
const VALUES: Readonly<Record<ValueType, fc.Arbitrary<unknown>>> = {
  string: fc.string({ unit: 'binary', maxLength: 300 }),
  bytes: fc.uint8Array({ maxLength: 300 }),
  int: fc.maxSafeInteger(),
  bigint: fc.bigInt(),
  decimal: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  double: fc.double(),
  boolean: fc.boolean(),
  date: date.map((at) => new Date(Math.floor(at.getTime() / 86_400_000) * 86_400_000)),
  timestamp: date,
  json: fc
    .jsonValue()
    .filter((value) => value !== null)
    // JSON has no negative zero
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
};
const TYPES = Object.keys(VALUES) as readonly ValueType[];

describe('a page of rows', () => {
  it.each(TYPES)(
    'of type %s comes back as it was, in any order of tenants and keys',
    async (type) => {
      const fields: readonly ManifestField[] = [
        field('bound', { type }),
        field('text', {
          type,
          bind: 'field',
          indexes: type === 'json' ? [] : [{ ...equality('text', 'raw@1'), acceptLeakage: 'x' }],
        }),
        field('raw', { type, bind: 'field', storage: 'bytes', suite: 1 }),
      ];
      const primaryKey = [{ name: 'id', column: 'id', type: 'int' }];
      const models = [{ name: 'M', table: 'm', primaryKey, fields }];
      const nullable = fc.option(VALUES[type], { freq: 5 });
      const rows = fc.array(
        fc.record({
          tenantId: fc.constantFrom('t1', 't2'),
          rotate: fc.boolean(),
          bound: nullable,
          text: nullable,
          raw: nullable,
        }),
        { maxLength: 8 },
      );
      await fc.assert(
        fc.asyncProperty(rows, async (given) => {
          const door = fakeDoor();
          const codec = codecOverDoor({
            door,
            manifest: { version: 1, adapter: 'x', models },
            ambientScope: () => ({}),
          });
          const stored: Row[] = [];
          for (const [id, { rotate, ...values }] of given.entries()) {
            if (rotate) door.rotate();
            const target: Row = { id, ...values };
            const call = codec.call('M.create');
            call.seal({ model: 'M', target, row: { id }, scope: { tenant: values.tenantId } });
            await call.run();
            stored.push(target);
          }
          door.requests.length = 0;
          const verify = type === 'json' ? [] : ['textToken'];
          await codec.open('M.findMany', [{ model: 'M', rows: stored, verify }]);
          expect(door.requests.length).toBeLessThanOrEqual(1);
          expect(door.open).toBe(0);
          for (const [id, { rotate: _, ...values }] of given.entries()) {
            const { textToken: __, ...opened } = stored[id] as Row;
            expect(opened).toEqual({ id, ...values });
          }
        }),
        { numRuns: 25 },
      );
    },
  );
});

describe('the objects of a caller', () => {
  it('are left as they are, but for the target', async () => {
    const door = fakeDoor();
    const codec = codecOverDoor({ door, manifest, ambientScope: () => ({}) });
    const note = Object.freeze({ city: 'Pune', tags: Object.freeze(['a']) });
    const scan = Uint8Array.of(1, 2, 3);
    const dob = new Date('1990-05-17');
    const target: Row = { aadhaar: '1', note, scan, dob };
    const row = Object.freeze({ id: '0190f1c2-0000-7000-8000-000000000001' });
    const scope = Object.freeze({ tenant: 't1', subject: 'p1' });
    const call = codec.call('Customer.create');
    call.seal(Object.freeze({ model: 'Customer', target, row, scope }));
    const list = Object.freeze(['1', '2']);
    call.lookup(
      Object.freeze({
        model: 'Customer',
        field: 'aadhaar',
        operator: 'in',
        operand: list,
        tenant: 't1',
      }),
      () => {},
    );
    await call.run();
    expect(scan).toEqual(Uint8Array.of(1, 2, 3));
    expect(dob).toEqual(new Date('1990-05-17'));
    const stored = { ...row, tenantId: 't1', personId: 'p1', ...target };
    const rows = Object.freeze([stored]);
    await codec.open(
      'Customer.findMany',
      Object.freeze([Object.freeze({ model: 'Customer', rows })]),
    );
    expect(stored).toMatchObject({ aadhaar: '1', note, scan, dob, personId: 'p1' });
  });
});
