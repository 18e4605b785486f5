import { describe, expect, test } from 'vitest';
import type { ModelName, Row } from '../orm-driver.ts';
import { expectRefusal, type GetSubject, secretNumber, secretText } from '../subject.ts';

const ID = {
  one: '11111111-1111-4111-8111-111111111111',
  two: '22222222-2222-4222-8222-222222222222',
  foreign: '33333333-3333-4333-8333-333333333333',
} as const;

/** Somebody who can write the database but has no key changes what one ORM wrote. */
export function tamperCases(subject: GetSubject): void {
  const three = async (): Promise<void> => {
    const { writer } = subject();
    for (const [id, tenantId] of [
      [ID.one, 't1'],
      [ID.two, 't1'],
      [ID.foreign, 't2'],
    ] as const) {
      await writer.create('customer', {
        id,
        tenantId,
        aadhaar: secretNumber(),
        name: secretText(),
        dob: new Date('1990-05-06'),
      });
      await writer.create('card', { id, number: secretNumber(), customerId: id });
    }
  };
  const nameOf = (id: string): string => `(SELECT name FROM customers WHERE id = '${id}')`;
  const set = (what: string): string => `UPDATE customers SET ${what} WHERE id = '${ID.one}'`;

  describe('refused is a cell that', () => {
    test.each([
      [
        'was flipped',
        set(
          `name = overlay(name placing CASE substr(name, 70, 1) WHEN 'A' THEN 'B' ELSE 'A' END from 70)`,
        ),
      ],
      ['was cut', set('name = left(name, 60)')],
      ['is plaintext', set(`name = 'Asha'`)],
      ['is empty', set(`name = ''`)],
      ['has something behind it', set(`name = name || 'AAAA'`)],
      ['was moved from another row', set(`name = ${nameOf(ID.two)}`)],
      ['was moved from another column', set('name = aadhaar')],
      ['was moved from another tenant', set(`name = ${nameOf(ID.foreign)}`)],
      [
        'was moved from another table',
        set(`name = (SELECT number FROM cards WHERE id = '${ID.one}')`),
      ],
      ['went to another tenant with its row', set(`tenant_id = 't2'`)],
    ])('%s', async (_, attack) => {
      const { application, reader } = subject();
      await three();
      await application.sql.query(attack);
      await expectRefusal(reader.findUnique('customer', { id: ID.one }), 'ERR_CIPHERTEXT_REJECTED');
      await expectRefusal(reader.find('customer', {}), 'ERR_CIPHERTEXT_REJECTED');
      await expectRefusal(reader.findWithCards({ id: ID.one }), 'ERR_CIPHERTEXT_REJECTED');
      expect(await reader.findUnique('customer', { id: ID.two })).toMatchObject({ id: ID.two });
    });

    test.each<[string, ModelName, Row, Row, string, string]>([
      ['a bigint key', 'legacy', { id: '1' }, { id: '2' }, 'secret', 'id'],
      ['a text key', 'person', { id: 'a' }, { id: 'b' }, 'pan', 'id'],
      [
        'a key of two columns',
        'sample',
        { shelf: 'a', place: 1 },
        { shelf: 'b', place: 1 },
        'byteString',
        'shelf',
      ],
    ])('was moved from another row with %s', async (_, model, one, two, field, column) => {
      const { application, writer, reader } = subject();
      await writer.create(model, { ...one, [field]: secretText() });
      await writer.create(model, { ...two, [field]: secretText() });
      const table = { legacy: 'legacy', person: 'people', sample: 'samples' }[model as 'legacy'];
      const [from, to] = [two[column], one[column]];
      await application.sql.query(
        `UPDATE ${table} SET "${field}" = (SELECT "${field}" FROM ${table} WHERE ${column} = $1) WHERE ${column} = $2`,
        [from, to],
      );
      await expectRefusal(reader.findUnique(model, one), 'ERR_CIPHERTEXT_REJECTED');
    });

    test('is under a key of its row that was changed', async () => {
      const { application, reader } = subject();
      await three();
      const other = '44444444-4444-4444-8444-444444444444';
      await application.sql.query(`UPDATE cards SET id = '${other}' WHERE id = '${ID.one}'`);
      await expectRefusal(reader.findUnique('card', { id: other }), 'ERR_CIPHERTEXT_REJECTED');
    });
  });

  test('a cell that is not bound to its row opens in another one of its column, and there only', async () => {
    const { application, writer, reader } = subject();
    const secret = secretText();
    const { id } = await writer.create('ticket', { secret });
    await writer.create('ticket', { secret: secretText() });
    await application.sql.query(
      `UPDATE tickets SET secret = (SELECT secret FROM tickets WHERE id = $1)`,
      [id],
    );
    expect((await reader.find('ticket', {})).map((row) => row.secret)).toEqual([secret, secret]);
    await writer.create('legacy', { id: '1', secret });
    await application.sql.query('UPDATE tickets SET secret = (SELECT secret FROM legacy)');
    await expectRefusal(reader.find('ticket', {}), 'ERR_CIPHERTEXT_REJECTED');
  });

  test('a token that was moved to another row is noticed by the lookup', async () => {
    const { application, writer, reader } = subject();
    const [mine, other] = [secretNumber(), secretNumber()];
    await writer.create('card', { id: ID.one, number: mine });
    await writer.create('card', { id: ID.two, number: other });
    await application.sql.query(
      `WITH gone AS (DELETE FROM cards WHERE id = '${ID.one}' RETURNING "numberToken")
       SELECT 1 FROM gone`,
    );
    const token = await writer.token('card', 'number', mine);
    const text = `UPDATE cards SET "numberToken" = $1 WHERE id = '${ID.two}'`;
    await application.sql.query(text, [token]);
    await expectRefusal(reader.findUnique('card', { number: mine }), 'ERR_INDEX_MISMATCH');
    await expectRefusal(reader.find('card', { number: mine }), 'ERR_INDEX_MISMATCH');
  });

  test('an error names model, field and row, and no value', async () => {
    const { application, reader } = subject();
    await three();
    await application.sql.query(set(`name = ${nameOf(ID.two)}`));
    const error = await reader.findUnique('customer', { id: ID.one }).catch((caught) => caught);
    expect(error).toMatchObject({ meta: { model: 'Customer', field: 'name', row: ID.one } });
    expect(error.message).toBe('Customer.name: Ciphertext rejected');
    expect(error.cause).toBeUndefined();
  });
}
