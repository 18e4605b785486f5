import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { OrmDriver } from '../orm-driver.ts';
import { type GetSubject, secretNumber, secretText } from '../subject.ts';

const WRITERS = 20;

/** All that a log could have of an error; nothing of what went well. */
function whatIsTold(result: PromiseSettledResult<unknown>): string {
  if (result.status === 'fulfilled') return '';
  const error: unknown = result.reason;
  return `${inspect(error, { depth: 10 })}${JSON.stringify(error)}`;
}

/** Both services write at the same time. */
export function concurrencyCases(subject: GetSubject): void {
  const alternating = (i: number): OrmDriver => {
    const { writer, reader } = subject();
    return i % 2 === 0 ? writer : reader;
  };
  const parallel = <T>(work: (driver: OrmDriver, i: number) => Promise<T>) =>
    Promise.allSettled(Array.from({ length: WRITERS }, (_, i) => work(alternating(i), i)));
  const kept = (results: readonly PromiseSettledResult<unknown>[]): number =>
    results.filter(({ status }) => status === 'fulfilled').length;

  describe('at the same time', () => {
    test('many rows are created, and each one is read and found', async () => {
      const { writer, reader } = subject();
      const rows = Array.from({ length: WRITERS }, () => ({
        id: randomUUID(),
        number: secretNumber(),
      }));
      const results = await parallel((driver, i) => driver.create('card', rows[i] ?? {}));
      expect(kept(results)).toBe(WRITERS);
      for (const driver of [writer, reader]) {
        const found = await Promise.all(
          rows.map(({ number }) => driver.findUnique('card', { number })),
        );
        expect(found.map((row) => row?.id)).toEqual(rows.map(({ id }) => id));
      }
    });

    test('one of twenty creates of the same card wins', async () => {
      const { application, reader } = subject();
      const number = secretNumber();
      const results = await parallel((driver) => driver.create('card', { number }));
      expect(kept(results)).toBe(1);
      expect(await reader.find('card', { number })).toHaveLength(1);
      const token = (await reader.token('card', 'number', number)).toString('hex');
      for (const told of results.map(whatIsTold)) {
        for (const hidden of [number, 'fs1.', token]) expect(told).not.toContain(hidden);
      }
      const { rows } = await application.sql.query('SELECT count(*)::int AS count FROM cards');
      expect(rows).toEqual([{ count: 1 }]);
    });

    test('one of twenty creates of a tenant wins, and no other tenant loses by it', async () => {
      const { reader } = subject();
      const aadhaar = secretNumber();
      const results = await parallel((driver, i) =>
        driver.create('customer', {
          tenantId: i % 4 < 2 ? 't1' : 't2',
          aadhaar,
          name: secretText(),
        }),
      );
      expect(kept(results)).toBe(2);
      for (const tenantId of ['t1', 't2']) {
        expect(await reader.count('customer', { tenantId, aadhaar })).toBe(1);
      }
    });

    test('one row is updated by all, and cell and token stay together', async () => {
      const { writer, reader } = subject();
      const { id } = await writer.create('card', { number: secretNumber() });
      const numbers = Array.from({ length: WRITERS }, () => secretNumber());
      const results = await parallel((driver, i) =>
        driver.update('card', { id }, { number: numbers[i] }),
      );
      expect(kept(results)).toBe(WRITERS);
      const row = await reader.findUnique('card', { id });
      expect(numbers).toContain(row?.number);
      expect(await reader.findUnique('card', { number: row?.number })).toMatchObject({ id });
    });

    test('rows are moved to one unique value, and one gets it', async () => {
      const { writer, reader } = subject();
      const rows = Array.from({ length: WRITERS }, (_, i) => ({
        id: `person ${i}`,
        pan: secretText(),
      }));
      await writer.createMany('person', rows);
      const pan = secretText();
      const results = await parallel((driver, i) =>
        driver.update('person', { id: `person ${i}` }, { pan }),
      );
      expect(kept(results)).toBe(1);
      expect(await reader.find('person', { pan })).toHaveLength(1);
      expect(await reader.find('person', {})).toHaveLength(WRITERS);
    });

    test('upserts of one key leave one whole row', async () => {
      const { reader } = subject();
      const rows = Array.from({ length: WRITERS }, () => ({
        id: 'one',
        pan: secretText(),
        note: 'n',
      }));
      const results = await parallel((driver, i) => driver.upsert('person', rows[i] ?? {}));
      expect(kept(results)).toBeGreaterThan(0);
      const [row, ...others] = await reader.find('person', {});
      expect(others).toEqual([]);
      expect(await reader.findUnique('person', { pan: row?.pan })).toMatchObject({ id: 'one' });
    });
  });
}
