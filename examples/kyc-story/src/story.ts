import { FieldsealError } from '@fieldseal/core';
import type { Person } from './create-people.ts';
import type { KycApplication } from './kyc-application.ts';
import { good, list, milliseconds, say, shorten, title } from './print.ts';
import { medianMs } from './timed.ts';

/** The same row by the ORM and by SQL. */
export async function showBothSides(application: KycApplication, person: Person): Promise<void> {
  title('What the application sees');
  const customer = await application.customer(person.id);
  list({
    name: customer.name,
    aadhaar: customer.aadhaar,
    dateOfBirth: customer.dateOfBirth.toISOString().slice(0, 10),
    address: JSON.stringify(customer.address),
  });
  title('What SELECT shows on the same row');
  const { rows } = await application.pool.query('SELECT * FROM "Customer" WHERE id = $1', [
    person.id,
  ]);
  const row: Record<string, unknown> = rows[0];
  list(
    Object.fromEntries(
      ['name', 'aadhaar', 'aadhaarToken', 'dateOfBirth', 'address'].map((column) => [
        column,
        shorten(row[column], 60),
      ]),
    ),
  );
}

/** Lookups of sealed fields, by the index that each token column has. */
export async function lookUp(application: KycApplication, person: Person): Promise<void> {
  title('Looking up what nobody can read');
  const { tenantId, aadhaar } = person;
  const byAadhaar = () => application.customerByAadhaar(tenantId, aadhaar);
  const found = await byAadhaar();
  good(`by Aadhaar: ${found?.name} in ${milliseconds(await medianMs(50, byAadhaar))}`);
  const last4 = person.card.number.slice(-4);
  const byLast4 = () => application.cardsByLast4(last4);
  const cards = await byLast4();
  const time = milliseconds(await medianMs(50, byLast4));
  good(`by the last four digits ${last4} of a card: ${cards.length} cards in ${time}`);
  good(`born in 1990: ${await application.countBornIn(tenantId, 1990)} customers`);
  const page = () => application.pageOfCustomers(tenantId, 50);
  good(`a page of 50 customers, opened: ${milliseconds(await medianMs(20, page))}`);
}

/** The id of the data key that a customer's name is sealed under, as it stands in the cell. */
async function dataKeyOf({ pool }: KycApplication, { id }: Person): Promise<string> {
  const { rows } = await pool.query('SELECT name FROM "Customer" WHERE id = $1', [id]);
  const cell = Buffer.from(String(rows[0]?.name).slice('fs1.'.length), 'base64url');
  return cell.subarray(3, 19).toString('hex');
}

/** Rotates a key between reads that never stop. */
export async function rotate(
  application: KycApplication,
  [renewed, untouched]: readonly [Person, Person],
): Promise<void> {
  title('Rotating the key while the application reads');
  const { keyring } = application;
  const { id, tenantId, name } = renewed;
  let pages = 0;
  let stop = false;
  const reader = (async () => {
    while (!stop) {
      await application.pageOfCustomers(tenantId, 50);
      pages += 1;
    }
  })();
  const { version } = await keyring.rotateKey('alias/kyc');
  await application.rename(id, name);
  stop = true;
  await reader;
  good(`"alias/kyc" is at version ${version}; ${pages} pages were read meanwhile, none failed`);
  const [after, before] = [
    await dataKeyOf(application, renewed),
    await dataKeyOf(application, untouched),
  ];
  if (after === before) throw new Error('The new value is under the old data key');
  const opened = await application.customersByIds([id, untouched.id]);
  good(
    `data key of a value written since: ${shorten(after, 9)}, of one from before: ${shorten(before, 9)}`,
  );
  good(`both open: ${opened.map((customer) => customer.name).join(', ')}`);
}

/** Puts one customer's name into the row of another one of the same tenant, as a thief with SQL could. */
export async function swap(
  application: KycApplication,
  [victim, thief]: readonly [Person, Person],
): Promise<void> {
  title('Moving a cell to another row, by SQL');
  await application.pool.query(
    `UPDATE "Customer" SET name = (SELECT name FROM "Customer" WHERE id = $1) WHERE id = $2`,
    [victim.id, thief.id],
  );
  try {
    await application.customer(thief.id);
    throw new Error('The moved cell was not noticed');
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.code !== 'ERR_CIPHERTEXT_REJECTED') throw error;
    good(`caught: ${error.code} on ${error.meta.model}.${error.meta.field}`);
  }
}

/** Looks for plaintext in every column of every table. */
export async function hunt({ pool }: KycApplication, people: readonly Person[]): Promise<void> {
  title('Hunting plaintext in all tables');
  const secrets = people.flatMap(({ aadhaar, pan, card }) => [aadhaar, pan, card.number]);
  let bytes = 0;
  let found = 0;
  for (const table of ['Customer', 'Card', 'Document', 'Tenant']) {
    const { rows } = await pool.query(`SELECT t::text AS line FROM "${table}" AS t`);
    const text = rows.map(({ line }) => line).join('\n');
    bytes += text.length;
    for (const secret of secrets) {
      const hex = Buffer.from(secret).toString('hex');
      if (text.includes(secret) || text.includes(hex)) found += 1;
    }
  }
  if (found > 0) throw new Error(`${found} secrets are in the database in plaintext`);
  good(`${secrets.length} secrets, ${(bytes / 1e6).toFixed(1)} MB of tables: none found`);
  say();
}
