import { setTimeout as wait } from 'node:timers/promises';
import { decryptBack, encryptExisting, verifyField } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { Customer } from './entities.ts';
import { openShop, type Shop } from './shop.ts';

const IS_LONG = process.env.FIELDSEAL_LONG === '1';
const ROWS = IS_LONG ? 100_000 : 1500;
const WRITERS = 8;

/** A twin of the table without Fieldseal, which every writer keeps in step. */
async function fill({ sql }: Shop): Promise<void> {
  await sql.query('DELETE FROM customers');
  await sql.query(
    `INSERT INTO customers (id, tenant_id, label, aadhaar, card)
     SELECT gen_random_uuid(), 't' || n % 3, 'r' || n, lpad(n::text, 12, '0'), '4' || lpad(n::text, 15, '0')
       FROM generate_series(1, $1::int) AS n`,
    [ROWS],
  );
  await sql.query('CREATE TABLE twin AS SELECT id, tenant_id, label, aadhaar, card FROM customers');
  await sql.query('ALTER TABLE twin ADD PRIMARY KEY (id); ANALYZE customers');
}

/** One application process: half of them on Prisma, half on TypeORM. Each has rows of its own. */
async function write(shop: Shop, writer: number, signal: AbortSignal): Promise<number> {
  const { rows } = await shop.sql.query<{ id: string; label: string }>(
    `SELECT id, label FROM customers WHERE hashtext(label) & 7 = $1 ORDER BY label LIMIT 400`,
    [writer],
  );
  let count = 0;
  while (!signal.aborted) {
    const row = rows[count % rows.length]!;
    const card = `5${writer}${String(count).padStart(14, '0')}`;
    const aadhaar = count % 5 === 0 ? null : `9${writer}${String(count).padStart(10, '0')}`;
    if (writer % 2 === 0) {
      await shop.prisma.customer.update({ where: { id: row.id }, data: { card, aadhaar } });
    } else {
      await shop.typeorm
        .getRepository(Customer)
        .save({ ...(await found(shop, row.id)), card, aadhaar });
    }
    await shop.sql.query('UPDATE twin SET card = $2, aadhaar = $3 WHERE id = $1', [
      row.id,
      card,
      aadhaar,
    ]);
    count += 1;
  }
  return count;
}

function found(shop: Shop, id: string): Promise<Customer> {
  return shop.typeorm.getRepository(Customer).findOneByOrFail({ id });
}

/** Runs a job under load; writers stop at its end, so that table and twin can be compared. */
async function underLoad<T>(shop: Shop, job: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const writers = Array.from({ length: WRITERS }, (_, n) => write(shop, n, stop.signal));
  await wait(200);
  const report = await job().finally(() => stop.abort());
  const counts = await Promise.all(writers);
  for (const count of counts) expect(count).toBeGreaterThan(0);
  return report;
}

async function expectTwin(shop: Shop): Promise<void> {
  const { rows: twin } = await shop.sql.query(
    `SELECT id::text, aadhaar, card FROM twin ORDER BY id`,
  );
  const opened = await shop.typeorm.getRepository(Customer).find({
    select: { id: true, tenantId: true, aadhaar: true, card: true },
    order: { id: 'ASC' },
  });
  const values = opened.map(({ id, aadhaar, card }) => ({ id, aadhaar, card }));
  expect(values.length).toBe(twin.length);
  for (const [i, row] of twin.entries()) {
    if (JSON.stringify(values[i]) !== JSON.stringify(row)) expect(values[i]).toEqual(row);
  }
}

/** Each waits twice until every process has heard of a phase. */
const FIELDS = IS_LONG ? (['aadhaar', 'card'] as const) : (['card'] as const);

test(`${ROWS} rows go in and out while ${WRITERS} writers of both ORMs change them`, {
  timeout: IS_LONG ? 1_500_000 : 240_000,
}, async () => {
  const shop = await openShop();
  try {
    await fill(shop);
    await expectTwin(shop);
    for (const field of FIELDS) {
      const job = { ...shop.job(`Customer.${field}`), load: 0.8 };
      const report = await underLoad(shop, () => encryptExisting(job));
      expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    }
    await expectTwin(shop);
    for (const field of FIELDS) await shop.keyring.setPhase(`customers.${field}`, 'sealed');
    await expectTwin(shop);
    const sealed = await underLoad(shop, () => verifyField(shop.job('Customer.card')));
    expect(sealed).toMatchObject({ state: 'done' });
    expect(await shop.count('card')).toEqual({ cells: ROWS, untokened: 0 });
    for (const field of FIELDS) {
      const report = await underLoad(shop, () => decryptBack(shop.job(`Customer.${field}`)));
      expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    }
    await expectTwin(shop);
    const { rows } = await shop.sql.query(
      `SELECT count(*)::int AS n FROM customers JOIN twin USING (id)
        WHERE customers.card IS DISTINCT FROM twin.card
           OR customers.aadhaar IS DISTINCT FROM twin.aadhaar`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  } finally {
    await shop.close();
  }
});
