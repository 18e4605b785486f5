import { createPeople } from './people.mjs';
import { sideBySide } from './side-by-side.mjs';

const ORDER = { orderBy: { id: 'asc' } };
const SUITES = [
  { suite: 1, model: 'suiteOne', table: 'SuiteOne' },
  { suite: 2, model: 'suiteTwo', table: 'SuiteTwo' },
];

/** Targets against the same call on the same model unencrypted. */
const READS = [
  { name: 'page-50x2', take: 50, targets: { 1: 1.75, 2: 1.4 } },
  { name: 'find-many-1000x2', take: 1000, targets: { 1: 3, 2: 2 } },
];

async function benchReads({ add, rounds, database, sealed, openUs }) {
  const { plain, unopened, pool } = database;
  for (const { name, take, targets } of READS) {
    const candidates = {
      plain: () => plain.plain.findMany({ ...ORDER, take }),
      driver: () => pool.query(`SELECT * FROM "Plain" ORDER BY id LIMIT ${take}`),
    };
    for (const { suite, model } of SUITES) {
      candidates[`sealed${suite}`] = () => sealed[model].findMany({ ...ORDER, take });
      candidates[`unopened${suite}`] = () => unopened[model].findMany({ ...ORDER, take });
    }
    const measured = await sideBySide(candidates, { rounds, warmUp: 20 });
    const ms = (key) => measured[key].medianMs;
    for (const { suite } of SUITES) {
      const bench = `prisma-${name}-suite${suite}`;
      const own = ms(`sealed${suite}`);
      const common = { measured: `sealed, suite ${suite}`, us: own * 1000 };
      add({ ...common, bench, ratio: own / ms('plain'), target: targets[suite], against: 'plain' });
      add({
        ...common,
        bench: `${bench}-vs-unopened`,
        ratio: own / ms(`unopened${suite}`),
        against: 'no-op extension, cells unopened',
      });
      add({ ...common, bench: `${bench}-vs-driver`, ratio: own / ms('driver'), against: 'pg' });
      if (take < 1000) continue;
      const perCellUs = ((own - ms(`unopened${suite}`)) * 1000) / (2 * take);
      add({
        bench: `prisma-cell-in-orm-suite${suite}`,
        ratio: perCellUs / openUs[suite],
        target: 1.25,
        measured: 'sealed minus unopened, per cell',
        against: 'one warm open',
        us: perCellUs,
      });
    }
  }
}

async function benchFindUnique({ add, rounds, database, sealed, people }) {
  let next = 0;
  const aadhaar = () => people[next++ % people.length].aadhaar;
  const candidates = {
    plain: () => database.plain.plain.findUnique({ where: { aadhaar: aadhaar() } }),
  };
  for (const { suite, model } of SUITES) {
    candidates[`sealed${suite}`] = () =>
      sealed[model].findUnique({ where: { aadhaar: aadhaar() } });
  }
  const measured = await sideBySide(candidates, { rounds: rounds * 10, warmUp: 50 });
  for (const { suite } of SUITES) {
    const own = measured[`sealed${suite}`].medianMs;
    add({
      bench: `prisma-find-unique-suite${suite}`,
      ratio: own / measured.plain.medianMs,
      target: 1.15,
      measured: `by a sealed unique field, suite ${suite}`,
      against: 'plain',
      us: own * 1000,
    });
  }
}

async function benchCreateMany({ add, rounds, database, sealed }) {
  const data = createPeople(1000).map((person, i) => ({
    ...person,
    aadhaar: String(900_000_000_000 + i),
  }));
  const { plain, unopened, pool } = database;
  const candidates = { plain: () => plain.plain.createMany({ data }) };
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
  }
}

/** A warm call sends as many statements as the same call unencrypted. */
async function benchRoundTrips({ add, database, sealed, people }) {
  const [{ aadhaar }] = people;
  const first = await sealed.suiteTwo.findFirst(ORDER);
  const plainFirst = await database.plain.plain.findFirst(ORDER);
  const calls = {
    'find-unique': (client, model) => client[model].findUnique({ where: { aadhaar } }),
    'find-many': (client, model) => client[model].findMany({ ...ORDER, take: 50 }),
    'update-by-id': (client, model, id) =>
      client[model].update({ where: { id }, data: { name: 'Renamed' } }),
    create: (client, model) =>
      client[model].create({ data: { ...people[0], aadhaar: String(Math.random()) } }),
  };
  for (const [name, call] of Object.entries(calls)) {
    await call(sealed, 'suiteTwo', first.id);
    const own = await database.statementsOf(() => call(sealed, 'suiteTwo', first.id));
    const plain = await database.statementsOf(() => call(database.plain, 'plain', plainFirst.id));
    add({
      bench: `prisma-statements-${name}`,
      ratio: own / plain,
      target: 1,
      measured: `${own} statements`,
      against: `${plain} statements`,
    });
  }
}

/** Warm Prisma calls on two sealed fields of ten columns. */
export async function benchPrisma(options) {
  await benchReads(options);
  await benchFindUnique(options);
  await benchCreateMany(options);
  await benchRoundTrips(options);
}
