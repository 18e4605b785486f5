import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';

let application: Application;

// As docs/prisma.md has it.
const ONLY_CELLS = `
ALTER TABLE "customers" ADD CONSTRAINT "customers_name_sealed" CHECK ("name" LIKE 'fs1.%');
ALTER TABLE "Document" ADD CONSTRAINT "Document_content_sealed" CHECK (get_byte("content", 0) = 245);`;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

describe('a client without the extension', () => {
  const name = { id: 'c1', tenantId: 't1', name: 'plain' };
  const document = { shelf: 'a', code: 1, content: new Uint8Array([1, 2, 3]) };

  test('writes plain text where no constraint keeps it out', async () => {
    await application.base.note.create({ data: { body: 'plain' } });
    await expect(application.db.note.findMany()).rejects.toMatchObject({
      code: 'ERR_CIPHERTEXT_REJECTED',
    });
  });

  test('cannot do so where Postgres takes cells only, which is all that the extension writes', async () => {
    await application.sql.query(ONLY_CELLS);
    for (const write of [
      application.base.customer.create({ data: name }),
      application.base.document.create({ data: document }),
    ]) {
      await expect(write).rejects.toThrow(/violates check constraint/);
    }
    await application.db.customer.create({ data: name });
    await application.db.document.create({ data: document });
    expect(await application.db.customer.findMany()).toMatchObject([name]);
    expect(await application.db.document.findMany()).toMatchObject([document]);
  });
});
