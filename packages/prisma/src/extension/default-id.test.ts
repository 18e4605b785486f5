import { describe, expect, test } from 'vitest';
import { createDefaultId } from './default-id.ts';

function idOf(name: string, argument?: number): string | undefined {
  const made = argument === undefined ? { name } : { name, argument };
  return createDefaultId({
    kind: 'scalar',
    type: 'String',
    isList: false,
    isRequired: true,
    column: 'id',
    default: made,
  });
}

describe('the id of a row', () => {
  test.each([
    ['uuid', undefined, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['uuid', 4, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['uuid', 7, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['cuid', undefined, /^c[0-9a-z]{24}$/],
    ['cuid', 2, /^[a-z][0-9a-z]{23}$/],
    ['nanoid', undefined, /^[A-Za-z0-9_-]{21}$/],
    ['nanoid', 8, /^[A-Za-z0-9_-]{8}$/],
    ['ulid', undefined, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/],
  ])('has the form of %s(%s)', (name, argument, form) => {
    expect(idOf(name, argument)).toMatch(form);
  });

  test.each(['uuid', 'cuid', 'nanoid', 'ulid'])('by %s does not repeat', (name) => {
    const ids = Array.from({ length: 1000 }, () => idOf(name));
    expect(new Set(ids).size).toBe(1000);
  });

  test.each([
    ['uuid', 7],
    ['ulid', undefined],
    ['cuid', undefined],
  ])('by %s(%s) sorts by time', async (name, argument) => {
    const first = idOf(name, argument) ?? '';
    await new Promise((resolve) => setTimeout(resolve, 3));
    expect((idOf(name, argument) ?? '') > first).toBe(true);
  });

  test.each(['autoincrement', 'dbgenerated', 'now', 'value'])(
    'by %s is left to the database',
    (name) => {
      expect(idOf(name)).toBeUndefined();
    },
  );
});
