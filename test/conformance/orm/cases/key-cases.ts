import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { comparableRow } from '../comparable-row.ts';
import type { ModelName, Row } from '../orm-driver.ts';
import { type GetSubject, secretNumber, secretText } from '../subject.ts';

/** Both ORMs bind cells to the same bytes of a key, however each of them spells it. */
export function keyCases(subject: GetSubject): void {
  test.each<[string, ModelName, string, Row]>([
    ['a bigint', 'legacy', 'secret', { id: '9007199254740993' }],
    ['a negative bigint', 'legacy', 'secret', { id: '-9223372036854775808' }],
    ['a text', 'person', 'pan', { id: 'ÅNGSTRÖM / 1' }],
    ['a text that could be a number', 'person', 'pan', { id: '007' }],
    ['an empty text', 'person', 'pan', { id: '' }],
    ['two columns', 'sample', 'textString', { shelf: 'A', place: -3 }],
    ['a uuid', 'card', 'number', { id: randomUUID() }],
    ['a uuid in capital letters', 'card', 'number', { id: randomUUID().toUpperCase() }],
  ])('cells are bound to %s', async (_, model, field, key) => {
    const { application, writer, reader } = subject();
    const [first, second] = [secretNumber(), secretNumber()];
    await writer.create(model, { ...key, [field]: first });
    expect(await reader.findUnique(model, key)).toMatchObject({ [field]: first });
    expect(await reader.update(model, key, { [field]: second })).toBe(1);
    expect(await writer.find(model, { [field]: second })).toMatchObject([{ [field]: second }]);
    await writer.upsert(model, { ...key, [field]: first });
    expect(await reader.find(model, { [field]: first })).toHaveLength(1);
    // bit 0 of the flags: the cell cannot be opened in another row
    const row = await application.stored(model, Object.values(key)[0]);
    const cell = Buffer.from(String(row[field]).slice('fs1.'.length), 'base64url');
    expect(cell[2]).toBe(1);
  });

  test('a bigint key comes as each ORM has it', async () => {
    const { application, writer } = subject();
    await writer.create('legacy', { id: '9007199254740993', secret: secretText() });
    const id = '9007199254740993';
    const prisma = await application.prisma.findUnique('legacy', { id });
    const typeorm = await application.typeorm.findUnique('legacy', { id });
    expect([prisma?.id, typeorm?.id]).toEqual([9007199254740993n, id]);
    expect(comparableRow(prisma)).toEqual(comparableRow(typeorm));
  });

  test('a uuid is found in either letter case', async () => {
    const { writer, reader } = subject();
    const id = randomUUID();
    const number = secretNumber();
    await writer.create('card', { id: id.toUpperCase(), number });
    for (const spelt of [id, id.toUpperCase()]) {
      expect(await reader.findUnique('card', { id: spelt })).toMatchObject({ id, number });
    }
    const next = secretNumber();
    expect(await writer.update('card', { id: id.toUpperCase() }, { number: next })).toBe(1);
    expect(await reader.findUnique('card', { number: next })).toMatchObject({ id });
  });

  describe('a key that only the database knows', () => {
    test('leaves cells bound to their field, and tokens as everywhere', async () => {
      const { application, writer, reader } = subject();
      const secret = secretText();
      const { id } = await writer.create('ticket', { secret });
      const row = await application.stored('ticket', String(id));
      expect(Buffer.from(String(row.secret).slice('fs1.'.length), 'base64url')[2]).toBe(0);
      expect(comparableRow(await reader.findUnique('ticket', { id }))).toEqual({
        id: String(id),
        secret,
      });
      expect(await reader.count('ticket', { secret })).toBe(1);
    });

    test('lets many rows be cleared at once', async () => {
      const { writer, reader } = subject();
      const secret = secretText();
      await writer.createMany('ticket', [{ secret }, { secret }]);
      expect(await writer.updateMany('ticket', { secret }, { secret: null })).toBe(2);
      expect(await reader.count('ticket', { secret: null })).toBe(2);
    });
  });
}
