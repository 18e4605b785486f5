import { randomUUID } from 'node:crypto';
import { expectSealed } from '@fieldseal/testing';
import { describe, expect, test } from 'vitest';
import { comparableRow, comparableRows } from '../comparable-row.ts';
import { inYear } from '../orm-driver.ts';
import { type GetSubject, secretNumber, secretText } from '../subject.ts';

const BORN = new Date('1990-05-06');

/** Rows are written by one ORM in every way it has, and the other one sees them. */
export function writeCases(subject: GetSubject): void {
  describe('a row', () => {
    test('is created with cells and tokens, and read as it was given', async () => {
      const { application, writer, reader } = subject();
      const given = {
        tenantId: 't1',
        aadhaar: secretNumber(),
        name: secretText(),
        dob: BORN,
        address: { street: secretText(), lines: [1, null, { deep: true }] },
        email: 'a@example.org',
        visits: 3,
      };
      const created = await writer.create('customer', given);
      const expected = comparableRow({ ...given, id: created.id });
      expect(comparableRow(created)).toEqual(expected);
      const row = await application.stored('customer', created.id);
      for (const name of ['aadhaar', 'name', 'dob', 'address']) expectSealed(row[name]);
      expect(row.aadhaar_token).toHaveLength(32);
      expect(row.email).toBe('a@example.org');
      const read = await reader.findUnique('customer', { id: created.id });
      expect(comparableRow(read)).toEqual(expected);
      const found = await reader.findUnique('customer', { tenantId: 't1', aadhaar: given.aadhaar });
      expect(comparableRow(found)).toEqual(expected);
    });

    test('without values has neither cells nor tokens, and is found by null', async () => {
      const { application, writer, reader } = subject();
      const { id } = await writer.create('customer', {
        tenantId: 't1',
        aadhaar: null,
        name: secretText(),
      });
      const row = await application.stored('customer', id);
      expect(row).toMatchObject({
        aadhaar: null,
        aadhaar_token: null,
        dob: null,
        dob_year: null,
        address: null,
      });
      const found = await reader.find('customer', { tenantId: 't1', aadhaar: null });
      expect(found.map((each) => each.id)).toEqual([id]);
    });

    test('is one of many that are written at once', async () => {
      const { writer, reader } = subject();
      const rows = Array.from({ length: 12 }, (_, i) => ({
        id: randomUUID(),
        number: secretNumber(),
        label: `label ${i}`,
        limit: i,
        customerId: null,
      }));
      await writer.createMany('card', rows);
      expect(comparableRows(await reader.find('card', {}))).toEqual(comparableRows(rows));
      for (const { id, number } of rows) {
        expect((await reader.findUnique('card', { number }))?.id).toBe(id);
      }
    });
  });

  describe('an update', () => {
    test('by key changes cell and tokens, and leaves other cells as they are', async () => {
      const { application, writer, reader } = subject();
      const [old, next] = [secretNumber(), secretNumber()];
      const name = secretText();
      const { id } = await writer.create('customer', { tenantId: 't1', aadhaar: old, name });
      const before = await application.stored('customer', id);
      expect(await writer.update('customer', { id }, { aadhaar: next })).toBe(1);
      const after = await application.stored('customer', id);
      expect(after.name).toBe(before.name);
      expect(after.aadhaar).not.toBe(before.aadhaar);
      expect(after.aadhaar_token).not.toEqual(before.aadhaar_token);
      expect(await reader.findUnique('customer', { tenantId: 't1', aadhaar: old })).toBeNull();
      const found = await reader.findUnique('customer', { tenantId: 't1', aadhaar: next });
      expect(found).toMatchObject({ id, name, aadhaar: next });
    });

    test('by a sealed unique field finds the row and seals for it', async () => {
      const { writer, reader } = subject();
      const [old, next] = [secretNumber(), secretNumber()];
      const { id } = await writer.create('card', { number: old });
      expect(await writer.update('card', { number: old }, { number: next, limit: 7 })).toBe(1);
      expect(await writer.update('card', { number: old }, { number: secretNumber() })).toBe(0);
      expect(await reader.findUnique('card', { id })).toMatchObject({ number: next, limit: 7 });
    });

    test('by a sealed unique field of a tenant keeps to that tenant', async () => {
      const { writer, reader } = subject();
      const aadhaar = secretNumber();
      const [one, two] = [secretText(), secretText()];
      const first = await writer.create('customer', { tenantId: 't1', aadhaar, name: one });
      const second = await writer.create('customer', { tenantId: 't2', aadhaar, name: one });
      expect(await writer.update('customer', { tenantId: 't2', aadhaar }, { name: two })).toBe(1);
      expect((await reader.findUnique('customer', { id: first.id }))?.name).toBe(one);
      expect((await reader.findUnique('customer', { id: second.id }))?.name).toBe(two);
    });

    test('to null clears cell and tokens', async () => {
      const { application, writer, reader } = subject();
      const aadhaar = secretNumber();
      const { id } = await writer.create('customer', {
        tenantId: 't1',
        aadhaar,
        name: secretText(),
        dob: BORN,
      });
      await writer.update('customer', { id }, { aadhaar: null, dob: null });
      expect(await application.stored('customer', id)).toMatchObject({
        aadhaar: null,
        aadhaar_token: null,
        dob: null,
        dob_year: null,
      });
      expect(await reader.count('customer', { tenantId: 't1', aadhaar })).toBe(0);
    });

    test('of open columns by a sealed condition leaves the cells', async () => {
      const { application, writer, reader } = subject();
      const number = secretNumber();
      const { id } = await writer.create('card', { number });
      const before = await application.stored('card', id);
      expect(await writer.updateMany('card', { number }, { label: 'seen' })).toBe(1);
      const after = await application.stored('card', id);
      expect(after.number).toBe(before.number);
      expect(await reader.findUnique('card', { number })).toMatchObject({ label: 'seen' });
    });

    test('of a row that was created or read writes only what changed', async () => {
      const { application, writer, reader } = subject();
      const [first, second] = [secretNumber(), secretNumber()];
      const name = secretText();
      const created = await writer.create('customer', { tenantId: 't1', aadhaar: first, name });
      const before = await application.stored('customer', created.id);
      await writer.change('customer', created, { email: 'new', name });
      const same = await application.stored('customer', created.id);
      expect(same).toMatchObject({ email: 'new', aadhaar_token: before.aadhaar_token });
      await writer.change('customer', created, { aadhaar: second });
      const found = await reader.findUnique('customer', { tenantId: 't1', aadhaar: second });
      expect(found).toMatchObject({ name, email: 'new' });
      await reader.change('customer', found ?? {}, { aadhaar: null, dob: BORN });
      const after = await application.stored('customer', created.id);
      expect(after).toMatchObject({ aadhaar: null, aadhaar_token: null });
      expect(after.name).toBe(same.name);
      expect(await writer.find('customer', { tenantId: 't1', dob: inYear(1990) })).toMatchObject([
        { name, aadhaar: null, dob: BORN },
      ]);
    });

    test('of a row of the other ORM is read by it', async () => {
      const { writer, reader } = subject();
      const [old, next] = [secretNumber(), secretNumber()];
      const { id } = await reader.create('card', { number: old });
      expect(await writer.update('card', { number: old }, { number: next })).toBe(1);
      expect(await reader.findUnique('card', { number: next })).toMatchObject({ id, number: next });
    });
  });

  test('an upsert by the key creates, then updates, cell and tokens', async () => {
    const { writer, reader } = subject();
    const id = randomUUID();
    const [first, second] = [secretNumber(), secretNumber()];
    await writer.upsert('card', { id, number: first, label: 'first' });
    await reader.upsert('card', { id, number: second, label: 'second' });
    expect(await writer.find('card', { id })).toMatchObject([{ number: second, label: 'second' }]);
    expect(await reader.findUnique('card', { number: first })).toBeNull();
    expect(await reader.findUnique('card', { number: second })).toMatchObject({ id });
  });

  test('a delete by a sealed condition takes that row only', async () => {
    const { writer, reader } = subject();
    const [gone, kept] = [secretNumber(), secretNumber()];
    await writer.createMany('card', [{ number: gone }, { number: kept }]);
    expect(await reader.delete('card', { number: gone })).toBe(1);
    expect((await writer.find('card', {})).map(({ number }) => number)).toEqual([kept]);
  });

  test('a transaction that fails leaves nothing behind', async () => {
    const { writer, reader } = subject();
    const number = secretNumber();
    const stop = new RangeError('stop');
    const work = writer.transaction(async (inner) => {
      await inner.create('card', { number });
      expect(await inner.count('card', { number })).toBe(1);
      expect(await reader.count('card', { number })).toBe(0);
      throw stop;
    });
    await expect(work).rejects.toBe(stop);
    expect(await reader.count('card', { number })).toBe(0);
  });
}
