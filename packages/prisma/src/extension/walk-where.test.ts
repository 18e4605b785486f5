import { beforeEach, describe, expect, test } from 'vitest';
import {
  createSampleApplication,
  type SampleApplication,
} from '../../test-support/sample-application.ts';

let application: SampleApplication;

beforeEach(() => {
  application = createSampleApplication({ answer: () => [] });
});

function token(index: string, value: string, tenant = ''): Uint8Array {
  return new Uint8Array(Buffer.from(`${index}|${tenant}|${value}`));
}

async function whereSent(model: string, where: object, operation = 'findMany'): Promise<unknown> {
  await application.run(model, operation, { where });
  return application.sent.at(-1)?.args.where;
}

describe('a condition on a sealed field', () => {
  const one = token('Card.number.equality', '41');
  const two = token('Card.number.equality', '42');

  test.each([
    ['a value', '41', [{ numberToken: { equals: one } }]],
    ['a value in another notation', '4-1', [{ numberToken: { equals: one } }]],
    ['equals', { equals: '41' }, [{ numberToken: { equals: one } }]],
    ['in', { in: ['41', '42'] }, [{ numberToken: { in: [one, two] } }]],
    ['notIn', { notIn: ['41'] }, [{ numberToken: { notIn: [one] } }]],
    ['not', { not: '41' }, [{ numberToken: { not: one } }]],
    ['not with an operator', { not: { in: ['41'] } }, [{ NOT: [{ numberToken: { in: [one] } }] }]],
    ['mode default', { equals: '41', mode: 'default' }, [{ numberToken: { equals: one } }]],
    ['null', null, [{ number: null }]],
    ['equals null', { equals: null }, [{ number: null }]],
    ['not null', { not: null }, [{ number: { not: null } }]],
    [
      'two operators',
      { in: ['41', '42'], not: '42' },
      [{ numberToken: { in: [one, two] } }, { numberToken: { not: two } }],
    ],
    [
      'the last four',
      { endsWith: '1234' },
      [{ numberLast4: { equals: token('Card.number.last4', '1234') } }],
    ],
  ])('%s becomes a condition on its token column', async (_name, filter, expected) => {
    expect(await whereSent('Card', { number: filter })).toEqual({ AND: expected });
  });

  test('undefined is no condition', async () => {
    expect(await whereSent('Card', { number: undefined, label: 'x' })).toEqual({ label: 'x' });
  });

  test('an empty filter is no condition', async () => {
    expect(await whereSent('Card', { number: {} })).toEqual({});
  });

  test('conditions inside AND, OR and NOT are rewritten in their place', async () => {
    const where = {
      AND: { number: '41' },
      OR: [{ number: '42' }, { label: 'x' }],
      NOT: { number: '41' },
    };
    expect(await whereSent('Card', where)).toEqual({
      AND: [{ AND: [{ numberToken: { equals: one } }] }],
      OR: [{ AND: [{ numberToken: { equals: two } }] }, { label: 'x' }],
      NOT: [{ AND: [{ numberToken: { equals: one } }] }],
    });
  });

  test.each(['some', 'every', 'none'])(
    'under %s it is rewritten by the related model',
    async (operator) => {
      expect(await whereSent('Customer', { cards: { [operator]: { number: '41' } } })).toEqual({
        cards: { [operator]: { AND: [{ numberToken: { equals: one } }] } },
      });
    },
  );

  test.each(['is', 'isNot'])('under %s it is rewritten by the related model', async (operator) => {
    const ssn = token('Profile.ssn.equality', '1');
    expect(await whereSent('Customer', { profile: { [operator]: { ssn: '1' } } })).toEqual({
      profile: { [operator]: { AND: [{ ssnToken: { equals: ssn } }] } },
    });
  });

  test('a relation that is null stays a question about the relation', async () => {
    expect(await whereSent('Customer', { profile: null })).toEqual({ profile: null });
  });

  test('a relation may be filtered without an operator', async () => {
    const ssn = token('Profile.ssn.equality', '1');
    expect(await whereSent('Customer', { profile: { ssn: '1' } })).toEqual({
      profile: { AND: [{ ssnToken: { equals: ssn } }] },
    });
  });

  test('a bigint may be written as a number, as Prisma takes it', async () => {
    const bedsToken = token('Ward.beds.equality', '5', '7');
    expect(await whereSent('Ward', { hospital: 7, beds: { in: [5] } })).toEqual({
      hospital: 7,
      AND: [{ bedsToken: { in: [bedsToken] } }],
    });
    const where = { hospital_beds: { hospital: 7, beds: 5 } };
    expect(await whereSent('Ward', where, 'findUnique')).toEqual({
      hospital_bedsToken: { hospital: 7, bedsToken },
    });
  });

  test('a token of $fieldseal.token is passed on', async () => {
    expect(await whereSent('Card', { numberToken: one })).toEqual({ numberToken: one });
    expect(await whereSent('Card', { numberToken: { in: [one, two] } })).toEqual({
      numberToken: { in: [one, two] },
    });
  });
});

describe('a unique of a sealed field', () => {
  test('stands at the top of where, so that findUnique batches as before', async () => {
    const numberToken = token('Card.number.equality', '41');
    expect(await whereSent('Card', { number: '41' }, 'findUnique')).toEqual({ numberToken });
  });

  test('inside a compound is found under the physical name', async () => {
    const where = { tenantId_aadhaar: { tenantId: 't1', aadhaar: '12' } };
    expect(await whereSent('Customer', where, 'findUnique')).toEqual({
      tenantId_aadhaarToken: {
        tenantId: 't1',
        aadhaarToken: token('Customer.aadhaar.equality', '12', 't1'),
      },
    });
  });
});

describe('the tenant of a lookup', () => {
  const own = token('Customer.aadhaar.equality', '12', 't1');

  test.each([
    ['beside the field', { tenantId: 't1', aadhaar: '12' }],
    ['by equals', { tenantId: { equals: 't1' }, aadhaar: '12' }],
    ['in an AND beside it', { AND: [{ tenantId: 't1' }], aadhaar: '12' }],
    ['around an OR', { tenantId: 't1', OR: [{ aadhaar: '12' }] }],
    ['around a NOT', { tenantId: 't1', NOT: { aadhaar: '12' } }],
  ])('is taken from where, %s', async (_name, where) => {
    expect(JSON.stringify(await whereSent('Customer', where))).toContain(JSON.stringify(own));
  });

  test.each([
    ['in an OR beside it', { OR: [{ tenantId: 't1' }, { aadhaar: '12' }] }],
    ['in a NOT beside it', { NOT: { tenantId: 't1' }, aadhaar: '12' }],
    ['by another operator', { tenantId: { not: 't1' }, aadhaar: '12' }],
    ['on another model', { tenant: { id: 't1' }, aadhaar: '12' }],
  ])('is not taken from where, %s', async (_name, where) => {
    await expect(application.run('Customer', 'findMany', { where })).rejects.toMatchObject({
      code: 'ERR_SCOPE_REQUIRED',
    });
  });

  test('that is a UUID in another spelling than Postgres returns is refused', async () => {
    const tenantId = 'AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA';
    const where = { tenantId, aadhaar: '12' };
    await expect(application.run('Customer', 'findMany', { where })).rejects.toMatchObject({
      code: 'ERR_VALUE_TYPE',
    });
    const data = { tenantId, aadhaar: '12' };
    await expect(application.run('Customer', 'create', { data })).rejects.toMatchObject({
      code: 'ERR_VALUE_TYPE',
    });
    expect(application.sent).toEqual([]);
  });

  test('differs between the branches of an OR', async () => {
    const where = {
      OR: [
        { tenantId: 't1', aadhaar: '12' },
        { tenantId: 't2', aadhaar: '12' },
      ],
    };
    const other = token('Customer.aadhaar.equality', '12', 't2');
    expect(await whereSent('Customer', where)).toEqual({
      OR: [
        { tenantId: 't1', AND: [{ aadhaarToken: { equals: own } }] },
        { tenantId: 't2', AND: [{ aadhaarToken: { equals: other } }] },
      ],
    });
  });
});

describe('under an ambient tenant', () => {
  const own = token('Customer.aadhaar.equality', '12', 't1');

  beforeEach(() => {
    application = createSampleApplication({ ambient: { tenant: 't1' }, answer: () => [] });
  });

  test('a lookup needs no tenant of its own', async () => {
    expect(await whereSent('Customer', { aadhaar: '12' })).toEqual({
      AND: [{ aadhaarToken: { equals: own } }],
    });
  });

  test.each([
    ['not', { aadhaar: { not: '12' } }],
    ['notIn', { aadhaar: { notIn: ['12'] } }],
    ['NOT', { NOT: { aadhaar: '12' } }],
    ['NOT deep inside', { OR: [{ email: 'x' }, { NOT: { OR: [{ aadhaar: '12' }] } }] }],
  ])('%s leaves the rows of all other tenants out', async (_name, where) => {
    expect(await whereSent('Customer', where)).toMatchObject({
      AND: expect.arrayContaining([{ tenantId: 't1' }]),
    });
  });

  test('another tenant in where is refused', async () => {
    const where = { tenantId: 't2', aadhaar: { not: '12' } };
    await expect(application.run('Customer', 'findMany', { where })).rejects.toMatchObject({
      code: 'ERR_SCOPE_CHANGE',
    });
  });

  test('every related row cannot be asked for across tenants', async () => {
    const where = { customers: { every: { aadhaar: '12' } } };
    await expect(application.run('Tenant', 'findMany', { where })).rejects.toMatchObject({
      code: 'ERR_SCOPE_REQUIRED',
    });
    expect(application.sent).toEqual([]);
  });
});
