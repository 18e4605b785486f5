import { describe, expect, test } from 'vitest';
import { createSampleApplication } from '../../test-support/sample-application.ts';

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

function contentOf(cell: unknown): unknown {
  return JSON.parse(Buffer.from(String(cell).slice(4), 'base64url').toString());
}

describe('a create', () => {
  test('makes the id of a row that a cell is bound to', async () => {
    const application = createSampleApplication();
    await application.run('Card', 'create', { data: { number: '41', limit: 1 } });
    const data = application.sent[0]?.args.data as Record<string, unknown>;
    expect(data.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(contentOf(data.number)).toMatchObject({ row: [data.id], value: '41' });
    expect(data.numberToken).toBeInstanceOf(Uint8Array);
    expect(data.limit).toBe(1);
  });

  test('leaves the id to the database when nothing is bound to it', async () => {
    const application = createSampleApplication();
    await application.run('Profile', 'create', { data: { ssn: null, customerId: 'c' } });
    expect(application.sent[0]?.args.data).toEqual({ ssn: null, ssnToken: null, customerId: 'c' });
  });

  test('seals every row of createMany for its own id', async () => {
    const application = createSampleApplication();
    const data = [{ id: 'a', number: '1' }, { number: '2' }];
    await application.run('Card', 'createMany', { data });
    const rows = application.sent[0]?.args.data as Record<string, unknown>[];
    expect(rows.map((row) => contentOf(row.number))).toMatchObject([
      { row: ['a'], value: '1' },
      { row: [rows[1]?.id], value: '2' },
    ]);
  });

  test('seals nested creates, createMany and connectOrCreate', async () => {
    const application = createSampleApplication();
    await application.run('Customer', 'create', {
      data: {
        tenantId: 't1',
        aadhaar: '12',
        profile: { create: { id: 'p', ssn: '5' } },
        cards: {
          create: [{ id: 'k1', number: '1' }],
          createMany: { data: [{ id: 'k2', number: '2' }] },
          connectOrCreate: { where: { number: '3' }, create: { id: 'k3', number: '3' } },
        },
      },
    });
    expect(application.codec.sealed.map(({ field, row }) => ({ field, row }))).toEqual([
      { field: 'Customer.aadhaar', row: { id: expect.any(String) } },
      { field: 'Card.number', row: { id: 'k1' } },
      { field: 'Card.number', row: { id: 'k2' } },
      { field: 'Card.number', row: { id: 'k3' } },
      { field: 'Profile.ssn', row: { id: 'p' } },
    ]);
    expect(JSON.stringify(application.sent)).not.toContain('"aadhaar":"12"');
  });

  test('takes the tenant of a nested row through the relation of its tenant and no other', async () => {
    const application = createSampleApplication();
    const row = { aadhaar: '12', tenant: { connect: { id: 't9' } } };
    const data = { id: 't1', guests: { create: row }, owner: { create: row } };
    await application.run('Tenant', 'create', { data });
    const customers = { create: { aadhaar: '12' } };
    await application.run('Tenant', 'create', { data: { id: 't1', customers } });
    const tenants = application.codec.sealed.map(({ scope }) => scope.tenant);
    expect(tenants).toEqual(['t9', 't9', 't1']);
  });

  test('takes the tenant from the relation that is connected', async () => {
    const application = createSampleApplication();
    const data = { tenant: { connect: { id: 't7' } }, aadhaar: '12' };
    await application.run('Customer', 'create', { data });
    expect(application.codec.sealed[0]?.scope).toEqual({ tenant: 't7' });
  });

  test('takes the tenant of a nested row from the row around it', async () => {
    const application = createSampleApplication();
    await application.run('Tenant', 'create', {
      data: { id: 't9', name: 'x', customers: { create: { aadhaar: '12' } } },
    });
    expect(application.codec.sealed[0]?.scope).toEqual({ tenant: 't9' });
  });

  test('writes the ambient tenant into the row that is sealed for it', async () => {
    const application = createSampleApplication({ ambient: { tenant: 't1' } });
    await application.run('Customer', 'create', { data: { aadhaar: '12' } });
    expect(application.sent[0]?.args.data).toMatchObject({ tenantId: 't1' });
    expect(application.codec.sealed[0]?.scope).toEqual({ tenant: 't1' });
  });

  test('for another tenant than the ambient one is refused', async () => {
    const application = createSampleApplication({ ambient: { tenant: 't1' } });
    const data = { aadhaar: '12', tenantId: 't2' };
    await expect(application.run('Customer', 'create', { data })).rejects.toMatchObject({
      code: 'ERR_SCOPE_CHANGE',
    });
    expect(application.sent).toEqual([]);
  });

  test('needs no tenant when it seals nothing', async () => {
    const application = createSampleApplication();
    await application.run('Customer', 'create', { data: { email: 'x', aadhaar: null } });
    expect(application.sent[0]?.args.data).toEqual({
      email: 'x',
      aadhaar: null,
      aadhaarToken: null,
    });
  });

  test('keeps a JSON document that looks like an operation', async () => {
    const application = createSampleApplication();
    const data = { tenantId: 't1', address: { set: 1, increment: 2 } };
    await application.run('Customer', 'create', { data });
    const sent = application.sent[0]?.args.data as Record<string, unknown>;
    expect(contentOf(sent.address)).toMatchObject({ value: { set: 1, increment: 2 } });
  });
});

describe('an update', () => {
  test('by key seals for that key, without a further query', async () => {
    const application = createSampleApplication();
    await application.run('Card', 'update', { where: { id: 'k' }, data: { number: { set: '2' } } });
    expect(application.sent).toHaveLength(1);
    expect(application.codec.sealed).toEqual([
      { field: 'Card.number', row: { id: 'k' }, scope: {} },
    ]);
    expect(application.sent[0]?.args.where).toEqual({ id: 'k' });
  });

  test('by another unique locates the row and can hit no other', async () => {
    const application = createSampleApplication({
      answer: ({ action }) => (action === undefined ? null : { id: 'k7' }),
    });
    await application.run('Card', 'update', { where: { number: '1' }, data: { number: '2' } });
    expect(application.sent.map(({ action }) => action)).toEqual(['findUnique', undefined]);
    expect(application.sent[0]?.args.select).toEqual({ id: true });
    expect(application.sent[1]?.args.where).toMatchObject({ AND: [{ id: 'k7' }] });
    expect(application.codec.sealed[0]?.row).toEqual({ id: 'k7' });
  });

  test('of other fields locates nothing', async () => {
    const application = createSampleApplication();
    await application.run('Card', 'update', { where: { number: '1' }, data: { label: 'x' } });
    expect(application.sent.map(({ action }) => action)).toEqual([undefined]);
  });

  test('that clears a field locates nothing and clears its tokens', async () => {
    const application = createSampleApplication();
    await application.run('Profile', 'update', {
      where: { ssn: '1' },
      data: { ssn: { set: null } },
    });
    expect(application.sent).toHaveLength(1);
    expect(application.sent[0]?.args.data).toEqual({ ssn: null, ssnToken: null });
  });

  test('of a row that is not there lets the database say so, and seals nothing', async () => {
    const application = createSampleApplication();
    await application.run('Card', 'update', { where: { number: '1' }, data: { number: '2' } });
    expect(application.sent[1]?.args).toMatchObject({
      data: {},
      where: { AND: [{ id: { in: [] } }] },
    });
    expect(application.codec.sealed).toEqual([]);
  });

  test('takes the tenant from where', async () => {
    const application = createSampleApplication();
    const where = { id: 'c', tenantId: 't1' };
    await application.run('Customer', 'update', { where, data: { aadhaar: '12' } });
    expect(application.sent).toHaveLength(1);
    expect(application.codec.sealed[0]?.scope).toEqual({ tenant: 't1' });
  });

  test('takes the tenant from a compound in where', async () => {
    const application = createSampleApplication({ answer: () => ({ id: 'c' }) });
    const where = { tenantId_aadhaar: { tenantId: 't1', aadhaar: '1' } };
    await application.run('Customer', 'update', { where, data: { aadhaar: '12' } });
    expect(application.sent[0]?.args.select).toEqual({ id: true });
    expect(application.codec.sealed[0]?.scope).toEqual({ tenant: 't1' });
  });

  test('locates the tenant when nothing names it, and holds the row to it', async () => {
    const application = createSampleApplication({ answer: () => ({ id: 'c', tenantId: 't5' }) });
    await application.run('Customer', 'update', { where: { id: 'c' }, data: { aadhaar: '12' } });
    expect(application.sent[0]?.args.select).toEqual({ id: true, tenantId: true });
    expect(application.sent[1]?.args.where).toEqual({
      id: 'c',
      AND: [{ id: 'c', tenantId: 't5' }],
    });
    expect(application.codec.sealed[0]?.scope).toEqual({ tenant: 't5' });
  });

  test('under an ambient tenant is held to it, without a further query', async () => {
    const application = createSampleApplication({ ambient: { tenant: 't1' } });
    await application.run('Customer', 'update', { where: { id: 'c' }, data: { aadhaar: '12' } });
    expect(application.sent).toHaveLength(1);
    expect(application.sent[0]?.args.where).toEqual({ id: 'c', AND: [{ tenantId: 't1' }] });
  });

  test('of open columns is held to it as well, since the row that comes back is opened', async () => {
    const application = createSampleApplication({ ambient: { tenant: 't1' } });
    const data = { email: 'x' };
    await application.run('Customer', 'update', { where: { id: 'c' }, data });
    await application.run('Customer', 'updateManyAndReturn', { where: { email: 'y' }, data });
    await application.run('Customer', 'delete', { where: { id: 'c' } });
    await application.run('Customer', 'upsert', {
      where: { id: 'c' },
      create: { id: 'c', email: 'x' },
      update: data,
    });
    expect(application.sent.map(({ args }) => args.where)).toEqual([
      { id: 'c', AND: [{ tenantId: 't1' }] },
      { email: 'y', AND: [{ tenantId: 't1' }] },
      { id: 'c', AND: [{ tenantId: 't1' }] },
      { id: 'c', AND: [{ tenantId: 't1' }] },
    ]);
  });

  test('reaches no row when the tenant around it cannot be one of the column', async () => {
    const application = createSampleApplication({ ambient: { tenant: 'none' } });
    await application.run('Ward', 'update', { where: { id: 'w' }, data: { floor: 2 } });
    expect(application.sent[0]?.args.where).toEqual({ id: 'w', AND: [{ id: { in: [] } }] });
  });

  test('under another ambient tenant than where names is refused before it is sent', async () => {
    const application = createSampleApplication({ ambient: { tenant: 't1' } });
    const where = { id: 'c', tenantId: 't2' };
    for (const [operation, args] of [
      ['delete', { where }],
      ['update', { where, data: { email: 'x' } }],
    ] as const) {
      await expect(application.run('Customer', operation, args)).rejects.toMatchObject({
        code: 'ERR_SCOPE_CHANGE',
        meta: { model: 'Customer', field: 'tenantId' },
      });
    }
    expect(application.sent).toEqual([]);
  });

  test('may move a row to another tenant together with all its sealed fields', async () => {
    const application = createSampleApplication();
    const where = { id: 'c', tenantId: 't1' };
    const data = { tenantId: 't2', aadhaar: '12', address: null };
    await application.run('Customer', 'update', { where, data });
    expect(application.codec.sealed[0]?.scope).toEqual({ tenant: 't2' });
  });

  test('may name the key and the tenant that the row has', async () => {
    const application = createSampleApplication();
    const where = { id: 'c', tenantId: 't1' };
    const data = { id: 'c', tenantId: 't1', email: 'x' };
    await application.run('Customer', 'update', { where, data });
    expect(application.sent).toHaveLength(1);
  });

  test('of a related row locates it down the path and holds the write to it', async () => {
    const application = createSampleApplication({
      answer: () => ({ id: 'c', profile: { id: 'p3' } }),
    });
    await application.run('Customer', 'update', {
      where: { id: 'c' },
      data: { profile: { update: { ssn: '9' } } },
    });
    expect(application.sent[0]?.args.select).toEqual({
      id: true,
      profile: { select: { id: true } },
    });
    expect(application.sent[1]?.args.data).toMatchObject({
      profile: { update: { where: { AND: [{ id: 'p3' }] }, data: { ssn: expect.any(String) } } },
    });
    expect(application.codec.sealed[0]?.row).toEqual({ id: 'p3' });
  });

  test('of a to-many row by its key locates nothing', async () => {
    const application = createSampleApplication();
    const update = { where: { id: 'k' }, data: { number: '9' } };
    await application.run('Customer', 'update', {
      where: { id: 'c' },
      data: { cards: { update } },
    });
    expect(application.sent).toHaveLength(1);
    expect(application.codec.sealed[0]?.row).toEqual({ id: 'k' });
  });
});

describe('an upsert', () => {
  const args = {
    where: { number: '1' },
    create: { number: '1', customerId: 'c' },
    update: { number: '2' },
  };

  test('of a row that is there seals the update for it', async () => {
    const application = createSampleApplication({ answer: () => ({ id: 'k' }) });
    await application.run('Card', 'upsert', args);
    expect(application.codec.sealed.map(({ row }) => row)).toEqual([
      { id: expect.any(String) },
      { id: 'k' },
    ]);
    expect(application.sent[1]?.args.where).toMatchObject({ AND: [{ id: 'k' }] });
  });

  test('of a row that is not there can update only the row that it would create', async () => {
    const application = createSampleApplication();
    await application.run('Card', 'upsert', args);
    const sent = application.sent[1]?.args as { create: { id: string }; where: object };
    expect(sent.where).toMatchObject({ AND: [{ id: sent.create.id }] });
    expect(application.codec.sealed.map(({ row }) => row)).toEqual([
      { id: sent.create.id },
      { id: sent.create.id },
    ]);
  });

  test('that loses a race is run once more, and finds the row', async () => {
    const taken = Object.assign(new Error('taken'), { code: 'P2002' });
    const answers = [null, taken, { id: 'k' }, { id: 'k' }];
    const application = createSampleApplication({
      answer() {
        const next = answers.shift();
        if (next instanceof Error) throw next;
        return next;
      },
    });
    await application.run('Card', 'upsert', args);
    expect(application.sent).toHaveLength(4);
    expect(application.sent[3]?.args.where).toMatchObject({ AND: [{ id: 'k' }] });
  });

  test.each(['itx', 'batch'])('inside a transaction (%s) is not run again', async (kind) => {
    const taken = Object.assign(new Error('taken'), { code: 'P2002' });
    const application = createSampleApplication({
      answer({ action }) {
        if (action === undefined) throw taken;
        return null;
      },
    });
    const internals = { transaction: { kind } };
    await expect(application.run('Card', 'upsert', args, internals)).rejects.toBe(taken);
    expect(application.sent).toHaveLength(2);
  });
});

describe('the arguments of the application', () => {
  test.each([
    ['create', { data: { number: '1', customer: { connect: { id: 'c' } } } }],
    ['createMany', { data: [{ number: '1' }] }],
    ['update', { where: { number: '1' }, data: { number: { set: '2' }, label: 'x' } }],
    ['upsert', { where: { number: '1' }, create: { number: '1' }, update: { number: '2' } }],
    ['updateMany', { where: { OR: [{ number: '1' }] }, data: { label: 'x' } }],
    ['deleteMany', { where: { number: { in: ['1', '2'] } } }],
    ['findMany', { where: { NOT: { number: '1' } }, include: { customer: true } }],
    ['findMany', { select: { number: true, customer: { select: { aadhaar: true } } } }],
    ['findUnique', { where: { number: '1' }, omit: { id: true } }],
  ])('of %s are never changed', async (operation, args) => {
    const application = createSampleApplication({ answer: () => ({ id: 'k' }) });
    await application.run('Card', operation, deepFreeze(args));
    expect(application.sent.length).toBeGreaterThan(0);
  });
});
