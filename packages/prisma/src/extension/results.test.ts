import type { FieldsealError } from '@fieldseal/core';
import { describe, expect, test } from 'vitest';
import {
  createSampleApplication,
  type SampleApplication,
} from '../../test-support/sample-application.ts';

type Row = Record<string, unknown>;

/** Cells as the database would return them: made by a create, taken from what was sent. */
async function cellsOf(model: string, data: object): Promise<Row> {
  const writer = createSampleApplication();
  await writer.run(model, 'create', { data });
  return writer.sent[0]?.args.data as Row;
}

const CARD = await cellsOf('Card', { id: 'k', number: '4111', label: 'x', customerId: 'c' });
const CUSTOMER = await cellsOf('Customer', { id: 'c', tenantId: 't1', aadhaar: '12', email: 'e' });
const NOTE = await cellsOf('Note', { id: 1, sum: '12.50' });

function pick(row: Row, ...names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** A database that returns the same rows to everything, and what it was asked. */
function application(rows: unknown, options: object = {}): SampleApplication {
  return createSampleApplication({ answer: () => structuredClone(rows), ...options });
}

describe('a result', () => {
  test('is opened', async () => {
    const { run } = application([pick(CARD, 'id', 'number', 'label')]);
    expect(await run('Card', 'findMany')).toEqual([{ id: 'k', number: '4111', label: 'x' }]);
  });

  test('is opened at any depth', async () => {
    const row = {
      ...pick(CUSTOMER, 'id', 'tenantId', 'aadhaar'),
      cards: [pick(CARD, 'id', 'number')],
    };
    const { run } = application({ ...row, profile: null });
    expect(await run('Customer', 'findFirst', { include: { cards: true, profile: true } })).toEqual(
      {
        id: 'c',
        tenantId: 't1',
        aadhaar: '12',
        cards: [{ id: 'k', number: '4111' }],
        profile: null,
      },
    );
  });

  test('below a model without sealed fields is opened', async () => {
    const customers = [pick(CUSTOMER, 'id', 'tenantId', 'aadhaar')];
    const { run } = application({ id: 't1', name: 'T', customers });
    expect(await run('Tenant', 'findFirst', { include: { customers: true } })).toMatchObject({
      customers: [{ aadhaar: '12' }],
    });
  });

  test('of the fluent API is opened as the model that it is of', async () => {
    const { run } = application([pick(CARD, 'id', 'number')]);
    const args = { where: { id: 'c' }, select: { cards: true } };
    const internals = { dataPath: ['select', 'cards'] };
    expect(await run('Customer', 'findUnique', args, internals)).toEqual([
      { id: 'k', number: '4111' },
    ]);
  });

  test('of a longer fluent path is opened as the model at its end', async () => {
    const { run } = application(pick(CUSTOMER, 'id', 'tenantId', 'aadhaar'));
    const args = { where: { id: 'k' }, select: { customer: { select: { profile: true } } } };
    const internals = { dataPath: ['select', 'customer'] };
    expect(await run('Card', 'findUnique', args, internals)).toMatchObject({ aadhaar: '12' });
  });

  test('that is null stays null', async () => {
    const { run } = application(null);
    expect(await run('Card', 'findUnique', { where: { id: 'k' } })).toBeNull();
  });

  test.each(['createMany', 'updateMany', 'deleteMany'])(
    'of %s is a number and no row',
    async (operation) => {
      const { run } = application({ count: 2, number: 'no cell' });
      expect(await run('Card', operation, { data: {} })).toEqual({ count: 2, number: 'no cell' });
    },
  );

  test('of type decimal is a Decimal, as Prisma returns it', async () => {
    const { run } = application([pick(NOTE, 'id', 'sum')]);
    const [row] = (await run('Note', 'findMany')) as { sum: { toFixed(places: number): string } }[];
    expect(row?.sum.toFixed(2)).toBe('12.50');
  });

  test('with one cell of another row is refused as a whole', async () => {
    const { run } = application([
      pick(CARD, 'id', 'number'),
      { ...pick(CARD, 'number'), id: 'other' },
    ]);
    await expect(run('Card', 'findMany')).rejects.toMatchObject({
      code: 'ERR_CIPHERTEXT_REJECTED',
    });
  });

  test('with plaintext in a sealed column is refused', async () => {
    const { run } = application([{ id: 'k', number: '4111' }]);
    await expect(run('Card', 'findMany')).rejects.toMatchObject({
      code: 'ERR_CIPHERTEXT_REJECTED',
    });
  });

  test('without the internals of Prisma is refused before it is asked for', async () => {
    const { run, sent } = application([]);
    await expect(run('Card', 'findMany', {}, null)).rejects.toMatchObject({
      code: 'ERR_NOT_WIRED',
    });
    expect(sent).toEqual([]);
  });
});

describe('a selection', () => {
  test('gets the key that opening needs, and the result loses it again', async () => {
    const { run, sent } = application([pick(CARD, 'id', 'number')]);
    expect(await run('Card', 'findMany', { select: { number: true } })).toEqual([
      { number: '4111' },
    ]);
    expect(sent[0]?.args.select).toEqual({ number: true, id: true });
  });

  test('gets the scope column that opening needs', async () => {
    const { run, sent } = application([pick(CUSTOMER, 'id', 'tenantId', 'aadhaar')]);
    const select = { aadhaar: true };
    expect(await run('Customer', 'findMany', { select })).toEqual([{ aadhaar: '12' }]);
    expect(sent[0]?.args.select).toEqual({ aadhaar: true, id: true, tenantId: true });
  });

  test('without a sealed field stays as it is', async () => {
    const { run, sent } = application([{ label: 'x' }]);
    await run('Card', 'findMany', { select: { label: true, number: false } });
    expect(sent[0]?.args.select).toEqual({ label: true, number: false });
  });

  test('that is absent leaves token columns in the database', async () => {
    const { run, sent } = application([]);
    await run('Card', 'findMany', { include: { customer: true } });
    expect(sent[0]?.args).toEqual({
      omit: { numberToken: true, numberLast4: true },
      include: { customer: { omit: { aadhaarToken: true } } },
    });
  });

  test('that omits the key gets it all the same, and the result loses it again', async () => {
    const { run, sent } = application([pick(CARD, 'id', 'number', 'label')]);
    const rows = await run('Card', 'findMany', { omit: { id: true } });
    expect(rows).toEqual([{ number: '4111', label: 'x' }]);
    expect(sent[0]?.args.omit).toMatchObject({ id: false });
  });

  test('that omits every sealed field does not need the key', async () => {
    const { run, sent } = application([]);
    await run('Card', 'findMany', { omit: { id: true, number: true } });
    expect(sent[0]?.args.omit).toMatchObject({ id: true });
  });

  test('overrides what the client omits everywhere, and the result loses it again', async () => {
    const omit = { Card: { id: true } };
    const { run, sent } = application([pick(CARD, 'id', 'number')], { omit });
    expect(await run('Card', 'findMany')).toEqual([{ number: '4111' }]);
    expect(sent[0]?.args.omit).toMatchObject({ id: false });
  });

  test('inside a relation gets what opening needs there', async () => {
    const { run, sent } = application([{ cards: [pick(CARD, 'id', 'number')] }]);
    const select = { cards: { select: { number: true } } };
    expect(await run('Customer', 'findMany', { select })).toEqual([
      { cards: [{ number: '4111' }] },
    ]);
    expect(sent[0]?.args.select).toEqual({ cards: { select: { number: true, id: true } } });
  });
});

describe('a lookup whose field is in the result', () => {
  const where = { number: '4111' };

  test('brings the token along to be verified, and the result loses it again', async () => {
    const { run, sent } = application([pick(CARD, 'id', 'number', 'numberToken')]);
    expect(await run('Card', 'findMany', { where })).toEqual([{ id: 'k', number: '4111' }]);
    expect(sent[0]?.args.omit).toEqual({ numberToken: false, numberLast4: true });
  });

  test('is refused when the token is not that of the value', async () => {
    const other = await cellsOf('Card', { id: 'k', number: '9999' });
    const { run } = application([{ ...pick(CARD, 'id', 'number'), ...pick(other, 'numberToken') }]);
    const error = (await run('Card', 'findMany', { where }).catch((e) => e)) as FieldsealError;
    expect(error.code).toBe('ERR_INDEX_MISMATCH');
  });

  test('inside an include is verified there', async () => {
    const { run, sent } = application([
      { cards: [pick(CARD, 'id', 'number', 'numberToken')], id: 'c', tenantId: 't1' },
    ]);
    const rows = await run('Customer', 'findMany', { include: { cards: { where } } });
    expect(rows).toMatchObject([{ cards: [{ id: 'k', number: '4111' }] }]);
    expect(JSON.stringify(sent[0]?.args.include)).toContain('"numberToken":false');
    expect(JSON.stringify(rows)).not.toContain('numberToken');
  });

  test('needs no token when the field is not in the result', async () => {
    const { run, sent } = application([{ label: 'x' }]);
    await run('Card', 'findMany', { where, select: { label: true } });
    expect(sent[0]?.args.select).toEqual({ label: true });
  });
});

describe('a model that reaches no sealed field', () => {
  test('passes as it is', async () => {
    const args = { where: { value: 'x' }, orderBy: { value: 'asc' } };
    const { run, sent } = application([{ value: 'x' }]);
    await run('Plain', 'findMany', args);
    expect(sent[0]?.args).toBe(args);
  });
});
