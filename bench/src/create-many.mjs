import { createPeople } from './people.mjs';
import { sideBySide } from './side-by-side.mjs';
import { SUITES } from './suites.mjs';

/** 1,000 rows in one call; what was written is deleted between the calls. */
export async function benchCreateMany({ add, rounds, database, sealed }) {
  const data = createPeople(1000).map((person, i) => ({
    ...person,
    aadhaar: String(900_000_000_000 + i),
  }));
  const { plain, unopened, pool } = database;
  const candidates = {
    plain: () => plain.plain.createMany({ data }),
    driver: () => insertRows(pool, data),
  };
  for (const { suite, model, table } of SUITES) {
    candidates[`sealed${suite}`] = () => sealed[model].createMany({ data });
    const { rows } = await pool.query(`SELECT * FROM "${table}"`);
    const cells = rows.map((row, i) => ({
      ...row,
      id: `fresh-${suite}-${i}`,
      aadhaarToken: Buffer.from(`${suite}-${i}`.padEnd(32, '.')),
    }));
    candidates[`cells${suite}`] = () => unopened[model].createMany({ data: cells });
  }
  const keep = new Map(
    await Promise.all(
      ['Plain', 'SuiteOne', 'SuiteTwo'].map(async (table) => {
        const { rows } = await pool.query(`SELECT id FROM "${table}"`);
        return [table, rows.map(({ id }) => id)];
      }),
    ),
  );
  const measured = await sideBySide(candidates, {
    rounds: Math.ceil(rounds / 2),
    warmUp: 3,
    async between() {
      for (const [table, ids] of keep) {
        await pool.query(`DELETE FROM "${table}" WHERE id <> ALL ($1)`, [ids]);
      }
    },
  });
  for (const { suite } of SUITES) {
    const own = measured[`sealed${suite}`].medianMs;
    const common = { measured: `sealed, suite ${suite}`, us: own * 1000 };
    const bench = `prisma-create-many-1000x2-suite${suite}`;
    add({ ...common, bench, ratio: own / measured.plain.medianMs, against: 'plain' });
    add({
      ...common,
      bench: `${bench}-vs-cells`,
      ratio: own / measured[`cells${suite}`].medianMs,
      against: 'no-op extension, ready-made cells',
    });
    add({
      ...common,
      bench: `${bench}-vs-driver`,
      ratio: own / measured.driver.medianMs,
      against: 'pg, INSERT of unnested arrays',
    });
  }
}

/** The fastest insert that pg has: one statement with one array for each column. */
function insertRows(pool, data) {
  const columns = Object.entries(COLUMN_TYPES);
  const names = columns.map(([name]) => name);
  const rows = data.map((person, i) => ({ id: `driver-${i}`, ...person }));
  return pool.query(
    `INSERT INTO "Plain" (${names.join(', ')})
     SELECT * FROM unnest(${columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')})`,
    names.map((name) => rows.map((row) => row[name])),
  );
}

const COLUMN_TYPES = {
  id: 'text',
  aadhaar: 'text',
  name: 'text',
  city: 'text',
  pincode: 'text',
  status: 'text',
  score: 'int',
  balance: 'int',
  joined: 'timestamp',
  verified: 'boolean',
};
