import { describe, expect, test } from 'vitest';
import { comparableRows } from '../comparable-row.ts';
import {
  endsWith,
  inYear,
  isIn,
  isNull,
  not,
  notIn,
  notNull,
  startsWith,
  type Where,
} from '../orm-driver.ts';
import { expectRefusal, type GetSubject, secretNumber, secretText } from '../subject.ts';

const day = (text: string): Date => new Date(text);

/** What one ORM has written, the other one finds by every kind of condition. */
export function lookupCases(subject: GetSubject): void {
  test('by values that are written in another way, as the normaliser says', async () => {
    const { writer, reader } = subject();
    const number = secretNumber();
    const spaced = number.replace(/(\d{4})(?=\d)/g, '$1 - ');
    await writer.create('card', { number: spaced });
    expect(await reader.findUnique('card', { number })).toMatchObject({ number: spaced });
    const pan = secretText();
    await writer.create('person', { id: 'p', pan: `  ${pan} ` });
    expect(await reader.find('person', { pan: pan.toUpperCase() })).toHaveLength(1);
    await writer.create('legacy', { id: '1', secret: `Étienne  ${secretText()}` });
    const [legacy] = await writer.find('legacy', {});
    const secret = String(legacy?.secret).toUpperCase().replace('  ', ' ');
    expect(await reader.count('legacy', { secret })).toBe(1);
  });

  test('by the last four and the first six digits', async () => {
    const { writer, reader } = subject();
    const [a, b, c] = [
      secretNumber('411111', '1234'),
      secretNumber('550000', '1234'),
      secretNumber('411111', '9999'),
    ];
    await writer.createMany('card', [{ number: a }, { number: b }, { number: c }]);
    const numbers = async (where: Where): Promise<unknown[]> =>
      (await reader.find('card', where)).map(({ number }) => number).sort();
    expect(await numbers({ number: endsWith('1234') })).toEqual([a, b].sort());
    expect(await numbers({ number: startsWith('411111') })).toEqual([a, c].sort());
    expect(await numbers([{ number: endsWith('9999') }, { number: b }])).toEqual([b, c].sort());
    await expectRefusal(
      reader.find('card', { number: endsWith('234') }),
      'ERR_OPERATOR_UNSUPPORTED',
    );
  });

  test('by the year of a date', async () => {
    const { writer, reader } = subject();
    for (const text of ['1990-01-01', '1990-12-31', '1991-01-01']) {
      await writer.create('customer', { tenantId: 't1', name: text, dob: day(text) });
    }
    const found = await reader.find('customer', { tenantId: 't1', dob: inYear(1990) });
    expect(found.map(({ name }) => name).sort()).toEqual(['1990-01-01', '1990-12-31']);
  });

  describe('among four rows, of which one has no value', () => {
    const [a, b, c] = [secretNumber(), secretNumber(), secretNumber()];

    test.each<[string, Where, string[]]>([
      ['equality', { tenantId: 't1', aadhaar: a }, ['a']],
      ['a value that is not there', { tenantId: 't1', aadhaar: secretNumber() }, []],
      ['a list', { tenantId: 't1', aadhaar: isIn(a, c, secretNumber()) }, ['a', 'c']],
      ['an empty list', { tenantId: 't1', aadhaar: isIn() }, []],
      ['not a value', { tenantId: 't1', aadhaar: not(a) }, ['b', 'c']],
      ['not in a list', { tenantId: 't1', aadhaar: notIn(a, b) }, ['c']],
      ['not in an empty list', { tenantId: 't1', aadhaar: notIn() }, ['a', 'b', 'c', 'none']],
      ['null', { tenantId: 't1', aadhaar: isNull }, ['none']],
      ['not null', { tenantId: 't1', aadhaar: notNull }, ['a', 'b', 'c']],
      [
        'any of several conditions',
        [
          { tenantId: 't1', aadhaar: a },
          { tenantId: 't1', aadhaar: isNull },
        ],
        ['a', 'none'],
      ],
      ['a sealed and an open field', { tenantId: 't1', aadhaar: not(a), email: 'c' }, ['c']],
      ['another tenant', { tenantId: 't2', aadhaar: a }, []],
    ])('%s', async (_, where, expected) => {
      const { writer, reader } = subject();
      for (const [email, aadhaar] of Object.entries({ a, b, c, none: null })) {
        await writer.create('customer', { tenantId: 't1', aadhaar, name: 'x', email });
      }
      const found = await reader.find('customer', where);
      expect(found.map(({ email }) => email).sort()).toEqual(expected);
      expect(await reader.count('customer', where)).toBe(expected.length);
      expect(comparableRows(found)).toEqual(comparableRows(await writer.find('customer', where)));
    });
  });

  test('by a field of a related row, and with the related rows', async () => {
    const { writer, reader } = subject();
    const name = secretText();
    const { id } = await writer.create('customer', { tenantId: 't1', name });
    const numbers = [secretNumber(), secretNumber()].sort();
    await writer.createMany(
      'card',
      numbers.map((number) => ({ number, customerId: id })),
    );
    await writer.create('card', { number: secretNumber() });
    expect(await reader.findByCard(numbers[1] as string)).toMatchObject([{ id, name }]);
    expect(await reader.findByCard(secretNumber())).toEqual([]);
    const [customer] = await reader.findWithCards({ tenantId: 't1' });
    const cards = customer?.cards as { number: string }[];
    expect(cards.map(({ number }) => number).sort()).toEqual(numbers);
  });

  test('by the tokens that the helpers make, which are the same bytes in both', async () => {
    const { application, writer, reader } = subject();
    const number = secretNumber();
    const { id } = await writer.create('card', { number });
    const row = await application.stored('card', id);
    for (const [column, operand, options] of [
      ['numberToken', number, {}],
      ['numberLast4', number.slice(-4), { part: 'last4' }],
      ['numberFirst6', number.slice(0, 6), { part: 'first6' }],
    ] as const) {
      expect(await reader.token('card', 'number', operand, options)).toEqual(row[column]);
    }
    const { rows } = await application.sql.query('SELECT id, number FROM cards');
    expect(await reader.openRows('card', rows)).toEqual([{ id, number }]);
  });

  test('tokens of a tenant are the same bytes in both, and differ between tenants', async () => {
    const { application, writer, reader } = subject();
    const aadhaar = secretNumber();
    const tokens: unknown[] = [];
    for (const tenant of ['t1', 't2']) {
      const row = { tenantId: tenant, aadhaar, name: 'x', dob: day('1990-05-06') };
      const { id } = await writer.create('customer', row);
      const before = await application.stored('customer', id);
      expect(await reader.token('customer', 'aadhaar', aadhaar, { tenant })).toEqual(
        before.aadhaar_token,
      );
      await reader.update('customer', { id }, { aadhaar, dob: day('1990-12-24') });
      const after = await application.stored('customer', id);
      expect(after.aadhaar).not.toBe(before.aadhaar);
      expect(after.aadhaar_token).toEqual(before.aadhaar_token);
      expect(after.dob_year).toEqual(before.dob_year);
      tokens.push(after.aadhaar_token);
    }
    expect(tokens[0]).not.toEqual(tokens[1]);
  });
}
