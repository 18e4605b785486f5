import { fieldsealOf } from '@fieldseal/typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { huntPlaintext } from '../../support/hunt.ts';
import { startPostgres } from '../../support/postgres.ts';
import { type Application, openApplication, TABLE } from './application.ts';
import { concurrencyCases } from './cases/concurrency-cases.ts';
import { keyCases } from './cases/key-cases.ts';
import { lookupCases } from './cases/lookup-cases.ts';
import { rotationCases } from './cases/rotation-cases.ts';
import { tamperCases } from './cases/tamper-cases.ts';
import { tenantCases } from './cases/tenant-cases.ts';
import { TYPE_SECRETS, typeCases } from './cases/type-cases.ts';
import { writeCases } from './cases/write-cases.ts';
import { manifest } from './generated/fieldseal/index.ts';
import { type GetSubject, SECRET_MARKS } from './subject.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(async () => {
  const server = await startPostgres();
  const { url, wire } = application;
  const secrets = [...SECRET_MARKS, ...TYPE_SECRETS];
  const captured = wire.captured();
  await application.close();
  expect(captured.length).toBeGreaterThan(1000);
  expect(await huntPlaintext({ server, url, secrets, wire: captured })).toEqual([]);
}, 120_000);

test('both adapters have the same manifest of the same tables', () => {
  const { models } = fieldsealOf(application.dataSource).manifest;
  // Prisma's says besides what its extension has to know of relations and uniques
  const common = manifest.models.flatMap(({ name, table, primaryKey, scopeColumns, fields }) => {
    const scopes = scopeColumns === undefined ? {} : { scopeColumns };
    return fields.length === 0 ? [] : [{ name, table, primaryKey, ...scopes, fields }];
  });
  expect(models).toEqual(common);
});

const CASES = [
  writeCases,
  keyCases,
  lookupCases,
  typeCases,
  rotationCases,
  tamperCases,
  tenantCases,
  concurrencyCases,
];

describe.each([
  ['prisma', 'prisma'],
  ['typeorm', 'typeorm'],
  ['prisma', 'typeorm'],
  ['typeorm', 'prisma'],
] as const)('written by %s, read by %s', (writer, reader) => {
  beforeEach(async () => {
    await application.sql.query(`TRUNCATE ${Object.values(TABLE).join()}`);
  });
  const subject: GetSubject = () => ({
    application,
    writer: application[writer],
    reader: application[reader],
  });
  for (const cases of CASES) cases(subject);
});
