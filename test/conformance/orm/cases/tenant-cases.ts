import { withScope } from '@fieldseal/core';
import { describe, expect, test } from 'vitest';
import { isIn, not } from '../orm-driver.ts';
import { expectRefusal, type GetSubject, secretNumber, secretText } from '../subject.ts';

/** The tenant is said by a column of the row, or by the scope around the call. */
export function tenantCases(subject: GetSubject): void {
  const inside = <T>(tenant: string, work: () => Promise<T>): Promise<T> =>
    withScope({ tenant }, work);

  const two = async (aadhaar: string): Promise<{ readonly t1: unknown; readonly t2: unknown }> => {
    const { writer } = subject();
    const one = await writer.create('customer', { tenantId: 't1', aadhaar, name: secretText() });
    const other = await writer.create('customer', { tenantId: 't2', aadhaar, name: secretText() });
    return { t1: one.id, t2: other.id };
  };

  describe('the tenant in a column', () => {
    test('decides whose row a lookup finds', async () => {
      const { reader } = subject();
      const aadhaar = secretNumber();
      const ids = await two(aadhaar);
      for (const tenantId of ['t1', 't2'] as const) {
        const found = await reader.find('customer', { tenantId, aadhaar });
        expect(found.map(({ id }) => id)).toEqual([ids[tenantId]]);
      }
    });

    test('has to be said for a lookup', async () => {
      const { reader } = subject();
      const aadhaar = secretNumber();
      await two(aadhaar);
      for (const operand of [aadhaar, isIn(aadhaar), not(aadhaar)]) {
        await expectRefusal(reader.find('customer', { aadhaar: operand }), 'ERR_SCOPE_REQUIRED');
      }
    });

    test('is found for an update by key', async () => {
      const { writer, reader } = subject();
      const ids = await two(secretNumber());
      const aadhaar = secretNumber();
      expect(await writer.update('customer', { id: ids.t2 }, { aadhaar })).toBe(1);
      expect(await reader.find('customer', { tenantId: 't2', aadhaar })).toMatchObject([
        { id: ids.t2 },
      ]);
      expect(await reader.count('customer', { tenantId: 't1', aadhaar })).toBe(0);
    });

    test('does not change without all that is sealed for it', async () => {
      const { writer, reader } = subject();
      const ids = await two(secretNumber());
      const change = { tenantId: 't3', name: secretText() };
      await expectRefusal(writer.update('customer', { id: ids.t1 }, change), 'ERR_SCOPE_CHANGE');
      const aadhaar = secretNumber();
      const whole = { ...change, aadhaar, dob: null, address: null };
      expect(await writer.update('customer', { id: ids.t1 }, whole)).toBe(1);
      expect(await reader.find('customer', { tenantId: 't3', aadhaar })).toMatchObject([
        { id: ids.t1, name: change.name },
      ]);
    });
  });

  describe('the tenant around the call', () => {
    test('decides whose row a lookup finds', async () => {
      const { reader } = subject();
      const aadhaar = secretNumber();
      const ids = await two(aadhaar);
      for (const tenant of ['t1', 't2'] as const) {
        for (const operand of [aadhaar, isIn(aadhaar), not('1')]) {
          const found = await inside(tenant, () => reader.find('customer', { aadhaar: operand }));
          expect(found.map(({ id }) => id)).toEqual([ids[tenant]]);
        }
      }
    });

    test('is written into the rows that are created', async () => {
      const { application, writer, reader } = subject();
      const aadhaar = secretNumber();
      const { id } = await inside('t1', () =>
        writer.create('customer', { aadhaar, name: secretText() }),
      );
      expect(await application.stored('customer', id)).toMatchObject({ tenant_id: 't1' });
      expect(await reader.count('customer', { tenantId: 't1', aadhaar })).toBe(1);
    });

    test('keeps updates and reads to its own rows', async () => {
      const { writer, reader } = subject();
      const ids = await two(secretNumber());
      const name = secretText();
      const update = (id: unknown): Promise<number> =>
        inside('t1', () => writer.update('customer', { id }, { name }));
      expect(await update(ids.t1)).toBe(1);
      const foreign = await update(ids.t2).catch((error) => error.code);
      expect([0, 'ERR_SCOPE_CHANGE']).toContain(foreign);
      expect((await reader.findUnique('customer', { id: ids.t1 }))?.name).toBe(name);
      expect((await reader.findUnique('customer', { id: ids.t2 }))?.name).not.toBe(name);
      await expectRefusal(
        inside('t1', () => reader.findUnique('customer', { id: ids.t2 })),
        'ERR_SCOPE_CHANGE',
      );
    });

    test('may not contradict the row', async () => {
      const { writer, reader } = subject();
      const row = { tenantId: 't2', aadhaar: secretNumber(), name: secretText() };
      await expectRefusal(
        inside('t1', () => writer.create('customer', row)),
        'ERR_SCOPE_CHANGE',
      );
      expect(await reader.count('customer', { tenantId: 't2' })).toBe(0);
    });
  });
}
