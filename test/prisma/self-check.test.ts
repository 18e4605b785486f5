import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Application, connect, extend, openApplication } from './application.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

describe('a database that does not fit the manifest', () => {
  test.each([
    [
      'a table is missing',
      'ALTER TABLE "Note" RENAME TO "Gone"',
      'ALTER TABLE "Gone" RENAME TO "Note"',
    ],
    [
      'a token column is missing',
      'ALTER TABLE "Note" RENAME COLUMN "bodyToken" TO gone',
      'ALTER TABLE "Note" RENAME COLUMN gone TO "bodyToken"',
    ],
    [
      'an index is missing',
      'DROP INDEX "Note_bodyToken_idx"',
      'CREATE INDEX "Note_bodyToken_idx" ON "Note" ("bodyToken")',
    ],
    [
      'a column is too short',
      'ALTER TABLE "Note" ALTER COLUMN body TYPE varchar(20)',
      'ALTER TABLE "Note" ALTER COLUMN body TYPE text',
    ],
    [
      'a column is of another type',
      'ALTER TABLE "Note" ALTER COLUMN body TYPE bytea USING NULL',
      'ALTER TABLE "Note" ALTER COLUMN body TYPE text USING NULL',
    ],
  ])(
    'where %s is refused at the first use, and accepted once it is repaired',
    async (_name, damage, repair) => {
      const client = connect(application.url);
      const db = extend(client, application.keyring);
      await application.sql.query(damage);
      await expect(db.$fieldseal.ready()).rejects.toMatchObject({
        code: 'ERR_MANIFEST_MISMATCH',
        meta: { model: 'Note' },
      });
      await expect(db.card.findMany()).rejects.toMatchObject({ code: 'ERR_MANIFEST_MISMATCH' });
      await application.sql.query(repair);
      await db.$fieldseal.ready();
      expect(await db.note.findMany()).toEqual([]);
      await client.$disconnect();
    },
  );
});

test.each([
  ['P1001', 'a server that is down', (url: URL) => Object.assign(url, { port: '1' })],
  ['P1003', 'a database that is not there', (url: URL) => Object.assign(url, { pathname: '/no' })],
])('%s is reported for %s, as for a query without the extension', async (code, _what, change) => {
  const client = connect(change(new URL(application.url)).href);
  const db = extend(client, application.keyring);
  for (const query of [client.note.findFirst(), db.note.findFirst(), db.$fieldseal.ready()])
    await expect(query).rejects.toMatchObject({ name: 'PrismaClientKnownRequestError', code });
  await client.$disconnect();
});

test('the check runs once, whatever is asked at the same time', async () => {
  const statements: string[] = [];
  const client = connect(application.url, statements);
  const db = extend(client, application.keyring);
  await Promise.all([db.card.count(), db.note.count(), db.profile.count()]);
  await db.card.count();
  expect(statements.filter((sql) => sql.includes('information_schema.columns'))).toHaveLength(1);
  await client.$disconnect();
});
