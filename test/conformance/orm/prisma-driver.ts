import type { Delegate } from '../../prisma/twin.ts';
import type { PrismaHelpers, SealedClient } from './open-prisma.ts';
import {
  asAsk,
  type ModelName,
  type OrmDriver,
  type Row,
  type TokenOptions,
  type Where,
} from './orm-driver.ts';

/** Names of keys of several columns. */
const COMPOUND: Readonly<Record<string, string>> = {
  'tenantId,aadhaar': 'tenantId_aadhaar',
  'shelf,place': 'shelf_place',
};

const KEYS: Readonly<Partial<Record<ModelName, readonly string[]>>> = {
  sample: ['shelf', 'place'],
};

type Delegates = Readonly<Record<ModelName, Delegate>>;

function columnFilter(value: unknown): unknown {
  const asked = asAsk(value);
  switch (asked?.ask) {
    case undefined:
      return value;
    case 'in':
      return { in: asked.of };
    case 'notIn':
      return { notIn: asked.of };
    case 'not':
      return { not: asked.of };
    case 'isNull':
      return null;
    case 'notNull':
      return { not: null };
    case 'endsWith':
      return { endsWith: asked.of };
    case 'startsWith':
      return { startsWith: asked.of };
    case 'year':
      return {
        gte: new Date(`${asked.of}-01-01T00:00:00Z`),
        lt: new Date(`${asked.of + 1}-01-01T00:00:00Z`),
      };
  }
}

/** Prisma takes and gives bigint keys as BigInt. */
function native(model: ModelName, row: Row): Row {
  if ((model !== 'legacy' && model !== 'ticket') || row.id === undefined) return row;
  return { ...row, id: BigInt(row.id as string | number | bigint) };
}

function filter(model: ModelName, where: Where): object {
  if (Array.isArray(where)) return { OR: where.map((each: Row) => filter(model, each)) };
  const entries = Object.entries(native(model, where as Row));
  return Object.fromEntries(entries.map(([name, value]) => [name, columnFilter(value)]));
}

function uniqueFilter(model: ModelName, unique: Row): object {
  const row = native(model, unique);
  const compound = COMPOUND[Object.keys(row).join()];
  return compound === undefined ? row : { [compound]: row };
}

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'P2025';
}

/** As an application with Prisma writes it. */
export function prismaDriver(
  client: SealedClient,
  helpers: PrismaHelpers = client.$fieldseal,
): OrmDriver {
  const models = client as unknown as Delegates;
  const path = (model: ModelName) => `${model.charAt(0).toUpperCase()}${model.slice(1)}`;
  return {
    name: 'Prisma',
    create: (model, data) => models[model].create({ data: native(model, data) }) as Promise<Row>,
    async createMany(model, rows) {
      await models[model].createMany({ data: rows.map((row) => native(model, row)) });
    },
    async change(model, row, data) {
      const names = KEYS[model] ?? ['id'];
      const key = Object.fromEntries(names.map((name) => [name, row[name]]));
      await models[model].update({ where: uniqueFilter(model, key), data });
    },
    async update(model, unique, data) {
      const where = uniqueFilter(model, unique);
      try {
        await models[model].update({ where, data });
        return 1;
      } catch (error) {
        if (isNotFound(error)) return 0;
        throw error;
      }
    },
    async updateMany(model, where, data) {
      const done = await models[model].updateMany({ where: filter(model, where), data });
      return (done as { count: number }).count;
    },
    async upsert(model, row) {
      const names = KEYS[model] ?? ['id'];
      const entries = Object.entries(row);
      const key = Object.fromEntries(entries.filter(([name]) => names.includes(name)));
      const update = Object.fromEntries(entries.filter(([name]) => !names.includes(name)));
      const where = uniqueFilter(model, key);
      await models[model].upsert({ where, create: native(model, row), update });
    },
    find: (model, where) =>
      models[model].findMany({ where: filter(model, where) }) as Promise<Row[]>,
    findUnique: (model, unique) =>
      models[model].findUnique({ where: uniqueFilter(model, unique) }) as Promise<Row | null>,
    count: (model, where) =>
      models[model].count({ where: filter(model, where) }) as Promise<number>,
    async delete(model, where) {
      const done = await models[model].deleteMany({ where: filter(model, where) });
      return (done as { count: number }).count;
    },
    findWithCards: (where) =>
      models.customer.findMany({
        where: filter('customer', where),
        include: { cards: true },
      }) as Promise<Row[]>,
    findByCard: (number) =>
      models.customer.findMany({ where: { cards: { some: { number } } } }) as Promise<Row[]>,
    async transaction(work) {
      await client.$transaction((tx) => work(prismaDriver(tx as SealedClient, helpers)));
    },
    token: async (model, field, value, options: TokenOptions = {}) =>
      Buffer.from(await helpers.token(`${path(model)}.${field}`, value, options)),
    openRows: (model, rows) => helpers.openRows(path(model), rows),
  };
}
