import { skip } from '@prisma/client/runtime/client';
import { describe, expect, test } from 'vitest';
import { createSampleApplication } from '../../test-support/sample-application.ts';

describe('Prisma.skip', () => {
  test('leaves a field out of a create and an update', async () => {
    const application = createSampleApplication();
    const data = { id: 'p', ssn: skip, bio: 'b', customerId: skip };
    await application.run('Profile', 'create', { data });
    await application.run('Profile', 'update', { where: { id: 'p' }, data });
    expect(application.sent.map(({ args }) => args.data)).toEqual([
      { id: 'p', bio: 'b' },
      { id: 'p', bio: 'b' },
    ]);
    expect(data.ssn).toBe(skip);
  });

  test('leaves out the operators of a condition, and whole arguments', async () => {
    const application = createSampleApplication();
    const where = { number: { equals: skip }, limit: { gt: 1 }, AND: [{ number: skip }] };
    await application.run('Card', 'findMany', { where, orderBy: skip, select: skip });
    const args = application.sent[0]?.args;
    expect(args).toMatchObject({ where: { limit: { gt: 1 }, AND: [{}] } });
    expect(Object.keys(args ?? {})).not.toContain('orderBy');
  });
});

describe('under strictUndefinedChecks', () => {
  test.each([
    ['deleteMany', { where: { number: undefined } }],
    ['deleteMany', { where: { OR: [{ number: { equals: undefined } }] } }],
    ['updateMany', { where: { id: undefined }, data: { number: null } }],
    ['create', { data: { number: undefined } }],
    ['findMany', { where: undefined }],
  ])('an explicit undefined is refused: %s %j', async (operation, args) => {
    const application = createSampleApplication({ strictUndefined: true });
    await expect(application.run('Card', operation, args)).rejects.toMatchObject({
      code: 'ERR_VALUE_TYPE',
      message: expect.stringContaining('use Prisma.skip'),
      meta: { model: 'Card', operation: `Card.${operation}` },
    });
    expect(application.sent).toEqual([]);
  });

  test('without it undefined says nothing, as in Prisma', async () => {
    const application = createSampleApplication();
    await application.run('Card', 'findMany', { where: { number: undefined } });
    expect(application.sent[0]?.args.where).toEqual({});
  });

  test.each([
    ['findMany', { include: { _count: { select: { cards: {} } } } }],
    ['findFirst', { select: { cards: { take: 1 } } }],
    ['updateManyAndReturn', { data: { visits: 1 } }],
    ['updateMany', { data: { aadhaar: null } }],
    ['deleteMany', {}],
    ['count', {}],
    ['update', { where: { id: 'c' }, data: { cards: { deleteMany: {} } } }],
    ['update', { where: { id: 'c' }, data: { profile: { disconnect: true } } }],
    ['update', { where: { id: 'c' }, data: { profile: { delete: true } } }],
  ])('the extension makes no undefined of its own: %s %j', async (operation, args) => {
    const application = createSampleApplication({ strictUndefined: true });
    await application.run('Customer', operation, args);
    expect(undefinedIn(application.sent.at(-1)?.args)).toEqual([]);
  });
});

function undefinedIn(value: unknown, path = ''): readonly string[] {
  if (value === undefined) return [path];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => undefinedIn(inner, `${path}.${key}`));
}
