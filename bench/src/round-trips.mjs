import { countStatements } from './count-statements.mjs';
import { quantile } from './side-by-side.mjs';

/** Odd, so that a median is a count; the key store's look at its head every 5 s drops out. */
const REPEATS = 9;

let serial = 0;
const aadhaar = () => String(700_000_000_000 + serial++);

/**
 * Calls by name: what to do with a client, one of its models, and a row of that model. `extra` is
 * what the documentation says a row-bound model needs more: the query that finds the row's key.
 */
const CALLS = {
  'find-unique': {
    call: ({ model, row }) => model.findUnique({ where: { aadhaar: row.aadhaar } }),
  },
  'find-first': { call: ({ model, row }) => model.findFirst({ where: { aadhaar: row.aadhaar } }) },
  'find-many': { call: ({ model }) => model.findMany({ orderBy: { id: 'asc' }, take: 50 }) },
  count: { call: ({ model, row }) => model.count({ where: { aadhaar: row.aadhaar } }) },
  create: { call: ({ model, data }) => model.create({ data }) },
  'create-many': { call: ({ model, data }) => model.createMany({ data: [data] }) },
  'create-many-and-return': {
    call: ({ model, data }) => model.createManyAndReturn({ data: [data] }),
  },
  'update-by-id': {
    call: ({ model, row }) => model.update({ where: { id: row.id }, data: { name: 'Renamed' } }),
  },
  'update-by-other-unique': {
    extra: 1,
    call: ({ model, row }) =>
      model.update({ where: { aadhaar: row.aadhaar }, data: { name: 'Renamed' } }),
  },
  'upsert-by-id': {
    call: ({ model, row, data }) =>
      model.upsert({ where: { id: row.id }, create: data, update: { name: 'Renamed' } }),
  },
  'delete-by-id': { call: ({ model, row }) => model.delete({ where: { id: row.id } }) },
};

/**
 * Statements of one call of a client, on whichever connection: the application's and those of the
 * key store, with BEGIN and COMMIT.
 */
async function statementsOf(client, name, call, template) {
  const model = client[name];
  const counts = [];
  for (let i = 0; i < REPEATS; i++) {
    const row = await model.create({ data: { ...template, aadhaar: aadhaar() } });
    const data = { ...template, aadhaar: aadhaar() };
    counts.push(await countStatements(() => call({ model, row, data })));
  }
  return quantile(counts, 0.5);
}

/** A warm call sends as many statements as the same call unencrypted, but for the documented one. */
export async function benchRoundTrips({ add, database, sealed, people }) {
  const [template] = people;
  for (const [name, { call, extra = 0 }] of Object.entries(CALLS)) {
    const own = await statementsOf(sealed, 'suiteTwo', call, template);
    const plain = await statementsOf(database.plain, 'plain', call, template);
    add({
      bench: `prisma-statements-${name}`,
      ratio: own / (plain + extra),
      target: 1,
      measured: `${own} statements`,
      against: extra === 0 ? `${plain} unencrypted` : `${plain} unencrypted and ${extra} to locate`,
    });
  }
}
