import { randomBytes } from 'node:crypto';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditCheckpoint, auditEntry } from '../conformance/sample-audit.ts';
import { head } from '../conformance/sample-rows.ts';
import { failure, freshDatabase, sql, userUrl } from './test-database.ts';

const FORBIDDEN = [
  'UPDATE fieldseal.audit_entry SET outcome = outcome',
  `UPDATE fieldseal.audit_entry SET principal = 'somebody else'`,
  'UPDATE fieldseal.audit_entry SET row_mac = row_mac',
  'DELETE FROM fieldseal.audit_entry',
  'TRUNCATE fieldseal.audit_entry',
  'DROP TABLE fieldseal.audit_entry',
  'ALTER TABLE fieldseal.audit_entry DISABLE TRIGGER ALL',
  `INSERT INTO fieldseal.audit_entry SELECT * FROM fieldseal.audit_entry
   ON CONFLICT (chain, sequence) DO UPDATE SET outcome = 'Success'`,
  'UPDATE fieldseal.audit_checkpoint SET signature = signature',
  'DELETE FROM fieldseal.audit_checkpoint',
  'TRUNCATE fieldseal.audit_checkpoint',
];

describe('roles and the audit trail', () => {
  let url: string;
  const users: Record<string, string> = {};
  const names: string[] = [];

  beforeAll(async () => {
    url = await freshDatabase();
    await migratePostgresStore(url);
    for (const role of ['app', 'admin', 'auditor']) {
      const name = `test_audit_${role}_${randomBytes(4).toString('hex')}`;
      await sql(url, `CREATE ROLE ${name} LOGIN PASSWORD 'p' IN ROLE fieldseal_${role}`);
      names.push(name);
      users[role] = userUrl(url, name, 'p');
    }
    const owner = postgresStore(url);
    await owner.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
    await owner.appendAudit([auditEntry('management', 1n)]);
    await owner.writeCheckpoint(auditCheckpoint('management', 1n));
    await owner.close();
  });
  afterAll(() => sql(url, `DROP ROLE ${names.join(', ')}`));

  it.each(['app', 'admin', 'auditor'])(
    'the %s reads the trail and can neither change nor delete an entry',
    async (role) => {
      const before = await sql(url, 'SELECT * FROM fieldseal.audit_entry');
      for (const statement of FORBIDDEN) {
        const error = await failure(sql(users[role]!, statement));
        expect({ statement, error }).toMatchObject({ statement, error: { code: '42501' } });
      }
      const seen = await sql(users[role]!, 'SELECT * FROM fieldseal.audit_entry');
      expect(seen).toEqual(before);
      const [signed] = await sql(users[role]!, 'SELECT * FROM fieldseal.audit_checkpoint');
      expect(signed).toBeDefined();
    },
  );

  it.each(['app', 'admin'])('the %s adds entries and checkpoints', async (role) => {
    const store = postgresStore({ connectionString: users[role]!, migrate: 'never' });
    await store.appendAudit([auditEntry(`p-${role}`, 1n)]);
    expect(await store.writeCheckpoint(auditCheckpoint(`p-${role}`, 1n))).toBe(true);
    expect((await store.readAuditHead(`p-${role}`))?.columns.sequence).toBe(1n);
    await store.close();
  });

  it('the auditor adds none', async () => {
    const store = postgresStore({ connectionString: users.auditor!, migrate: 'never' });
    await expect(store.appendAudit([auditEntry('p-x', 1n)])).rejects.toMatchObject({
      code: 'ERR_STORE_SCHEMA',
      meta: { reason: '42501' },
    });
    await store.close();
  });
});
