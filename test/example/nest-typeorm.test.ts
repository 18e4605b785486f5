import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectSealed } from '@fieldseal/testing';
import pg from 'pg';
import { expect, it } from 'vitest';
import { CustomersService } from '../../examples/nest-typeorm/src/customers.service.ts';
import { openApplication } from '../../examples/nest-typeorm/src/open-application.ts';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';

it('a Nest application finds what it sealed, also after a restart', async () => {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'fieldseal-nest-'));
  const settings = { url, rootPath: join(folder, 'root') };
  const pool = new pg.Pool({ connectionString: url });
  try {
    const first = await openApplication(settings);
    const { id } = await first.get(CustomersService).register('Asha Rao', '1234 1234 1238');
    await first.close();

    const second = await openApplication(settings);
    const found = await second.get(CustomersService).byAadhaar('123412341238');
    expect(found).toMatchObject({ id, name: 'Asha Rao', aadhaar: '1234 1234 1238' });
    await second.close();

    const { rows } = await pool.query('SELECT * FROM customers');
    expect(rows).toHaveLength(1);
    expectSealed(rows[0].name);
    expectSealed(rows[0].aadhaar);
    const secrets = ['Asha Rao', '1234 1234 1238', '123412341238'];
    expect(await huntPlaintext({ server, url, secrets })).toEqual([]);
  } finally {
    await pool.end();
    await rm(folder, { recursive: true, force: true });
  }
});
