import { coverage, encryptExisting, verifyField } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createPeople } from './people-table.ts';

test('a job that a policy hides rows from fails instead of taking them for absent', async () => {
  const made = await createPeople({ phase: 'migrating', rows: 6 });
  try {
    await encryptExisting({ ...made.job });
    const role = `hidden_${Date.now()}`;
    await made.sql.query(`CREATE ROLE ${role} LOGIN PASSWORD 'hidden';
      GRANT ALL ON people TO ${role}; GRANT ALL ON SCHEMA fieldseal_jobs TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA fieldseal_jobs TO ${role};
      ALTER TABLE people ENABLE ROW LEVEL SECURITY`);
    const url = new URL(made.url);
    url.username = role;
    url.password = 'hidden';
    const database = url.href;
    const { keyring, manifest, job } = made;
    for (const refused of [
      coverage({ database, keyring, manifest }),
      verifyField({ ...job, database }),
    ])
      await expect(refused).rejects.toMatchObject({
        code: 'ERR_DATABASE',
        meta: { reason: '42501' },
      });
    await made.sql.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  } finally {
    await made.close();
  }
});
