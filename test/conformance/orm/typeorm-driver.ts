import { fieldsealOf, token } from '@fieldseal/typeorm';
import {
  And,
  type EntityManager,
  type FindOptionsWhere,
  In,
  IsNull,
  LessThan,
  Like,
  MoreThanOrEqual,
  Not,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';
import { Card, Customer, Legacy, Person, Sample, Ticket } from './entities.ts';
import { asAsk, type ModelName, type OrmDriver, type Row, type Where } from './orm-driver.ts';

const ENTITY: Readonly<Record<ModelName, new () => object>> = {
  customer: Customer,
  card: Card,
  legacy: Legacy,
  ticket: Ticket,
  person: Person,
  sample: Sample,
};

/** What is asked of a field, in the operators of TypeORM. */
export function columnFilter(value: unknown): unknown {
  const asked = asAsk(value);
  switch (asked?.ask) {
    case undefined:
      return value === null ? IsNull() : value;
    case 'in':
      return In(asked.of);
    case 'notIn':
      return Not(In(asked.of));
    case 'not':
      return Not(asked.of);
    case 'isNull':
      return IsNull();
    case 'notNull':
      return Not(IsNull());
    case 'endsWith':
      return Like(`%${asked.of}`);
    case 'startsWith':
      return Like(`${asked.of}%`);
    case 'year':
      return And(
        MoreThanOrEqual(new Date(`${asked.of}-01-01T00:00:00Z`)),
        LessThan(new Date(`${asked.of + 1}-01-01T00:00:00Z`)),
      );
  }
}

type Filter = FindOptionsWhere<ObjectLiteral>;

function rowFilter(where: Row): Filter {
  const entries = Object.entries(where);
  return Object.fromEntries(entries.map(([name, value]) => [name, columnFilter(value)]));
}

function filter(where: Where): Filter | Filter[] {
  return Array.isArray(where) ? where.map(rowFilter) : rowFilter(where as Row);
}

/** As an application with TypeORM writes it. */
export function typeormDriver(manager: EntityManager): OrmDriver {
  const of = (model: ModelName): Repository<ObjectLiteral> => manager.getRepository(ENTITY[model]);
  return {
    name: 'TypeORM',
    create: (model, data) => of(model).save(of(model).create(data)),
    async createMany(model, rows) {
      await of(model).insert(rows.map((row) => ({ ...row })));
    },
    async change(model, row, data) {
      await of(model).save(Object.assign(row, data));
    },
    async update(model, unique, data) {
      return (await of(model).update(rowFilter(unique), data)).affected ?? 0;
    },
    async updateMany(model, where, data) {
      return (await of(model).update(filter(where), data)).affected ?? 0;
    },
    async upsert(model, row) {
      const keys = of(model).metadata.primaryColumns.map(({ propertyPath }) => propertyPath);
      await of(model).upsert({ ...row }, keys);
    },
    find: (model, where) => of(model).find({ where: filter(where) }),
    findUnique: (model, unique) => of(model).findOneBy(rowFilter(unique)),
    count: (model, where) => of(model).count({ where: filter(where) }),
    async delete(model, where) {
      return (await of(model).delete(filter(where))).affected ?? 0;
    },
    findWithCards: (where) =>
      of('customer').find({ where: filter(where), relations: { cards: true } }),
    findByCard: (number) => of('customer').find({ where: { cards: { number } } }),
    transaction: (work) => manager.transaction((inner) => work(typeormDriver(inner))),
    async token(model, field, value, options) {
      const parameter = token(ENTITY[model], field, value, options);
      const rows = await manager.query('SELECT $1::bytea AS token', [parameter]);
      return rows[0].token;
    },
    openRows: (model, rows) => fieldsealOf(manager.dataSource).openRows(ENTITY[model], rows),
  };
}
