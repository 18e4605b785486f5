import { expectSealed } from '@fieldseal/testing';
import { describe, expect, test } from 'vitest';
import { comparableRow } from '../comparable-row.ts';
import { isIn, type Row } from '../orm-driver.ts';
import { type GetSubject, secretText } from '../subject.ts';

/** What the hunt can look for among the values below. */
export const TYPE_SECRETS = [
  'fs1.looks like a cell',
  '918273645546372.81',
  '13579086421357908642135790864',
  'Xylophone Street 77',
] as const;

/** By name of the type, which is the end of the names of two fields. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  String: ['', 'ರವಿ 👩🏽‍⚕️ \u0000x', TYPE_SECRETS[0], 'x'.repeat(3000)],
  Bytes: [new Uint8Array(), new Uint8Array([0, 0xf5, 1]), new Uint8Array(2000).fill(7)],
  Int: [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  Bigint: [0n, -1n, BigInt(TYPE_SECRETS[2]), -(2n ** 200n)],
  Decimal: ['0', '-12.5', TYPE_SECRETS[1], '0.000001'],
  Double: [0, -0.5, 1.7976931348623157e308, 5e-324],
  Boolean: [true, false],
  Date: [new Date('1600-02-29'), new Date('1969-12-31'), new Date('2000-02-29')],
  Time: [new Date('1969-12-31T23:59:59.999Z'), new Date('2024-02-29T12:00:00.001Z')],
  Json: [{ a: [1, null, { b: TYPE_SECRETS[3] }] }, [], 'text', 0, false],
};

const NULLS: Row = Object.fromEntries(
  Object.keys(VALUES).flatMap((type) => [
    [`text${type}`, null],
    [`byte${type}`, null],
  ]),
);

const TYPES = Object.entries(VALUES).flatMap(([type, values]) =>
  values.map((value, i) => [type, i, value] as const),
);

const ROUNDS = Math.max(...Object.values(VALUES).map(({ length }) => length));

/** Every value type, in a text and in a bytea column. */
export function typeCases(subject: GetSubject): void {
  describe('values of every type', () => {
    test('come back as they were, and are cells in the table', async () => {
      const { application, writer, reader } = subject();
      for (let round = 0; round < ROUNDS; round += 1) {
        const of = (values: readonly unknown[]): unknown => values[round % values.length];
        const cells: Row = Object.fromEntries(
          Object.entries(VALUES).flatMap(([type, values]) => [
            [`text${type}`, of(values)],
            [`byte${type}`, of(values)],
          ]),
        );
        const row = { shelf: `round ${round}`, place: round, ...cells };
        const created = await writer.create('sample', row);
        expect(comparableRow(created)).toEqual(comparableRow(row));
        const stored = await application.stored('sample', row.shelf);
        for (const name of Object.keys(cells)) {
          expectSealed(stored[name]);
          expect(typeof stored[name]).toBe(name.startsWith('text') ? 'string' : 'object');
        }
        const read = await reader.findUnique('sample', { shelf: row.shelf, place: round });
        expect(comparableRow(read)).toEqual(comparableRow(row));
      }
    });

    test('are found by equality and in a list, where the type can have an index', async () => {
      const { writer, reader } = subject();
      const searchable = TYPES.filter(([type]) => type !== 'Json');
      const rows = searchable.map(([type, place, value]) => ({
        shelf: type,
        place,
        [`text${type}`]: value,
      }));
      await writer.createMany('sample', rows);
      for (const [type, place, value] of searchable) {
        for (const operand of [value, isIn(value)]) {
          const found = await reader.find('sample', { [`text${type}`]: operand });
          expect(found.map((row) => [row.shelf, row.place])).toEqual([[type, place]]);
        }
      }
    });

    test('have the same tokens, whoever wrote them', async () => {
      const { application, writer, reader } = subject();
      const tokensOf = (row: Row): Row =>
        Object.fromEntries(Object.entries(row).filter(([name]) => name.endsWith('Token')));
      for (const [type, place, value] of TYPES.filter(([name]) => name !== 'Json')) {
        const shelf = `${type}${place}`;
        const key = { shelf, place };
        await writer.create('sample', { ...key, [`text${type}`]: value });
        const before = await application.stored('sample', shelf);
        await reader.update('sample', key, { [`text${type}`]: value });
        const after = await application.stored('sample', shelf);
        expect(after[`text${type}`]).not.toEqual(before[`text${type}`]);
        expect(tokensOf(after)).toEqual(tokensOf(before));
        expect(Object.values(tokensOf(after)).filter((token) => token !== null)).toHaveLength(1);
      }
    });

    test('can be null, and become null', async () => {
      const { application, writer, reader } = subject();
      const key = { shelf: 'none', place: 0 };
      await writer.create('sample', { ...key, textString: secretText(), byteInt: 5 });
      await reader.update('sample', key, NULLS);
      expect(comparableRow(await writer.findUnique('sample', key))).toEqual({ ...key, ...NULLS });
      const stored = await application.stored('sample', 'none');
      const { shelf, place, ...rest } = stored;
      expect(new Set(Object.values(rest))).toEqual(new Set([null]));
    });
  });

  test('a decimal keeps its value, and its token does not know how it was written', async () => {
    const { writer, reader } = subject();
    await writer.create('sample', { shelf: 'd', place: 1, textDecimal: '1.10' });
    const found = await reader.find('sample', { textDecimal: '01.100' });
    expect(found.map(({ textDecimal }) => Number(textDecimal))).toEqual([1.1]);
  });

  test('NaN and minus zero are doubles', async () => {
    const { writer, reader } = subject();
    await writer.create('sample', { shelf: 'nan', place: 1, textDouble: Number.NaN });
    await writer.create('sample', { shelf: 'zero', place: 1, byteDouble: -0 });
    const nan = await reader.findUnique('sample', { shelf: 'nan', place: 1 });
    expect(nan?.textDouble).toBeNaN();
    const zero = await reader.findUnique('sample', { shelf: 'zero', place: 1 });
    expect(zero?.byteDouble).toBe(-0);
  });
}
