/**
 * An application that was deployed with the annotation `phase: plain` and goes on running while
 * others move the field to cells: it inserts a customer, reads it back and finds it by its card,
 * again and again, until its standard input ends. Prints what it did as JSON.
 * Usage: node old-process.mjs <database url> <root file>
 */
import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { encryptedColumns, equality, fieldseal, last4, unique, year } from '@fieldseal/typeorm';
import { DataSource, EntitySchema } from 'typeorm';

const [url, path] = process.argv.slice(2);
const plain = { key: 'alias/kyc', phase: 'plain' };
const sealed = encryptedColumns({
  aadhaar: {
    ...plain,
    normalize: 'digits',
    scope: 'tenantId',
    nullable: true,
    index: { aadhaarToken: equality({ name: 'aadhaar_token' }) },
  },
  dob: {
    ...plain,
    type: 'date',
    nullable: true,
    index: { dobYear: year({ name: 'dob_year', acceptLeakage: 'test' }) },
  },
  card: {
    ...plain,
    normalize: 'digits',
    index: {
      cardToken: unique({ name: 'card_token' }),
      cardLast4: last4({ name: 'card_last4', acceptLeakage: 'test' }),
    },
  },
});
const Customer = new EntitySchema({
  name: 'Customer',
  tableName: 'customers',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' },
    tenantId: { type: 'text', name: 'tenant_id' },
    label: { type: 'text' },
    ...sealed.columns,
  },
  indices: [...sealed.indices],
});

const keyring = await openKeyring({
  store: postgresStore({ connectionString: url }),
  roots: [devFileRoot({ path })],
  environment: 'dev',
  development: true,
  createMissingAliases: true,
});
const dataSource = fieldseal(new DataSource({ type: 'postgres', url, entities: [Customer] }), {
  keyring,
});
await dataSource.initialize();
const customers = dataSource.getRepository(Customer);

let ended = false;
process.stdin.on('end', () => {
  ended = true;
});
process.stdin.resume();

const written = [];
const wrong = [];
while (!ended) {
  const n = written.length;
  const card = `6${String(n).padStart(15, '0')}`;
  const { id } = await customers.save({ tenantId: 't9', label: `old ${n}`, card, aadhaar: card });
  written.push(card);
  const read = await customers.findOneBy({ id });
  const found = await customers.findOneBy({ card });
  const asked = await customers.findOneBy({ tenantId: 't9', aadhaar: card });
  if (read?.card !== card || found?.id !== id || asked?.id !== id) wrong.push(n);
  if (n === 0) process.stdout.write('running\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
}
process.stdout.write(JSON.stringify({ written, wrong }));
await dataSource.destroy();
await keyring.close();
