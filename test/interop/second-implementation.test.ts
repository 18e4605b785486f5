import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENGINES } from '../../packages/core/src/cipher/engines.fake.ts';
import { type CoreCells, coreCells } from './core-cells.ts';
import { type SecondImplementation, secondImplementation } from './second-implementation.ts';

const isRequired = process.env.CI !== undefined || process.env.FIELDSEAL_REQUIRE_INTEROP === '1';
const found = secondImplementation();

const GOLDEN = new URL('../vectors/v1/fieldseal_v1.json', import.meta.url);

if (found === undefined) {
  const missing = 'NOT CHECKED against the second implementation: install python3-cryptography';
  process.stderr.write(`${missing}\n`);
  test.skipIf(!isRequired)(missing, () => {
    expect.fail(missing);
  });
} else {
  describeInterop(found);
}

function describeInterop(second: SecondImplementation): void {
  describe('the second implementation of the formats', () => {
    test('makes the stored vectors again, byte for byte', () => {
      expect(second.vectors()).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
    });

    test.each(ENGINES)('opens every cell that the core makes with $name', (engine) => {
      const made = coreCells(engine, 500);
      expect(new Set(made.cells.map(({ type }) => type)).size).toBe(10);
      expect(second.check(made)).toBe('500 cells opened');
    });

    test('refuses a cell of the core in another place, or with another value', () => {
      const made = coreCells(ENGINES[0] as (typeof ENGINES)[number], 1);
      const [cell] = made.cells as [CoreCells['cells'][number]];
      const { env } = cell.expected;
      const elsewhere = { ...cell, expected: { ...cell.expected, env: `${env}x` } };
      expect(second.check({ ...made, cells: [elsewhere] })).toBeUndefined();
      expect(second.check({ ...made, cells: [{ ...cell, value: 'other' }] })).toBeUndefined();
      expect(second.check({ ...made, cells: [cell] })).toBe('1 cells opened');
    });
  });
}
