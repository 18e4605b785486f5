import { describe, expect, test } from 'vitest';
import { comparableRows } from '../comparable-row.ts';
import { type GetSubject, secretNumber, secretText } from '../subject.ts';

/** The id of the data key that a cell in a text column is under. */
function dataKeyOf(cell: unknown): string {
  const bytes = Buffer.from(String(cell).slice('fs1.'.length), 'base64url');
  return bytes.subarray(3, 19).toString('hex');
}

/** The key is rotated while both services run. */
export function rotationCases(subject: GetSubject): void {
  describe('after a rotation of the key', () => {
    test('older rows are read, found and updated, beside new ones under another key', async () => {
      const { application, writer, reader } = subject();
      const [before, after, changed] = [secretNumber(), secretNumber(), secretNumber()];
      const old = await writer.create('card', { number: before });
      await reader.find('card', {});
      const { number: oldCell } = await application.stored('card', old.id);
      await application.keyring.rotateKey('alias/kyc');
      const young = await application.prisma.create('card', { number: after });
      const { number: youngCell } = await application.stored('card', young.id);
      expect(dataKeyOf(youngCell)).not.toBe(dataKeyOf(oldCell));
      for (const driver of [reader, writer]) {
        expect(await driver.findUnique('card', { number: before })).toMatchObject({ id: old.id });
        expect(await driver.findUnique('card', { number: after })).toMatchObject({ id: young.id });
        expect(await driver.find('card', {})).toHaveLength(2);
      }
      expect(await reader.update('card', { number: before }, { number: changed })).toBe(1);
      expect(await writer.findUnique('card', { number: changed })).toMatchObject({ id: old.id });
      expect(comparableRows(await reader.find('card', {}))).toEqual(
        comparableRows(await writer.find('card', {})),
      );
    });

    test('tokens are what they were: uniqueness and lookups go on', async () => {
      const { application, writer, reader } = subject();
      const aadhaar = secretNumber();
      const row = { tenantId: 't1', aadhaar, name: secretText() };
      const { id } = await writer.create('customer', row);
      const before = await application.stored('customer', id);
      await application.keyring.rotateKey('alias/kyc');
      await reader.update('customer', { id }, { aadhaar });
      const after = await application.stored('customer', id);
      expect(after.aadhaar_token).toEqual(before.aadhaar_token);
      await expect(writer.create('customer', row)).rejects.toThrow();
      expect(await reader.count('customer', { tenantId: 't1', aadhaar })).toBe(1);
    });
  });
}
