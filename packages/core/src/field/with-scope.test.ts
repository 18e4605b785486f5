import { describe, expect, it } from 'vitest';
import { createAmbientValue } from '../ambient/ambient-value.portable.ts';
import { currentScope, withScope } from './with-scope.ts';

describe('an ambient scope', () => {
  it('is empty outside, and ends with what it was set around', async () => {
    expect(currentScope()).toEqual({});
    expect(await withScope({ tenant: 't1' }, () => currentScope())).toEqual({ tenant: 't1' });
    expect(currentScope()).toEqual({});
  });

  it('reaches work that starts only when it is awaited', async () => {
    let seen: unknown;
    const lazy: PromiseLike<string> = {
      // biome-ignore lint/suspicious/noThenProperty: promises of Prisma start in their then
      then(resolve, reject) {
        seen = currentScope();
        return Promise.resolve('done').then(resolve, reject);
      },
    };
    expect(await withScope({ tenant: 't1' }, () => lazy)).toBe('done');
    expect(seen).toEqual({ tenant: 't1' });
  });

  it('is not seen by what runs beside it', async () => {
    const seen = await Promise.all(
      ['t1', 't2', 't3'].map((tenant) =>
        withScope({ tenant }, async () => {
          await new Promise(setImmediate);
          return currentScope().tenant;
        }),
      ),
    );
    expect(seen).toEqual(['t1', 't2', 't3']);
  });

  it('keeps the tenant around a subject, and drops the subject of another tenant', async () => {
    await withScope({ tenant: 't1', subject: 'p1' }, async () => {
      const inside = (scope: object) => withScope(scope, currentScope);
      expect(await inside({ subject: 'p2' })).toEqual({ tenant: 't1', subject: 'p2' });
      expect(await inside({ tenant: 't1' })).toEqual({ tenant: 't1', subject: 'p1' });
      expect(await inside({ tenant: 't2' })).toEqual({ tenant: 't2' });
    });
  });

  it('cannot be changed by the caller afterwards', async () => {
    const scope = { tenant: 't1' };
    await withScope(scope, () => {
      scope.tenant = 't2';
      expect(currentScope()).toEqual({ tenant: 't1' });
      expect(Object.isFrozen(currentScope())).toBe(true);
    });
  });

  it('passes on what the work throws', async () => {
    const failure = new RangeError('mine');
    await expect(withScope({ tenant: 't1' }, () => Promise.reject(failure))).rejects.toBe(failure);
  });

  it.each([
    { tenant: '' },
    { tenant: 5 },
    { tenant: null },
    { subject: '\ud800' },
    { tenant: 'x'.repeat(1025) },
  ])('of %j is refused before the work starts', async (scope) => {
    let ran = false;
    const work = withScope(scope as never, () => {
      ran = true;
    });
    await expect(work).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(ran).toBe(false);
  });

  it('is refused where the platform cannot keep it apart', async () => {
    const portable = createAmbientValue<object>({});
    expect(portable.current()).toEqual({});
    await expect(portable.run({ tenant: 't1' }, () => 1)).rejects.toMatchObject({
      code: 'ERR_ENGINE_UNAVAILABLE',
    });
  });
});
