import { And, type DataSource, In, IsNull, LessThan, Like, MoreThanOrEqual, Not } from 'typeorm';
import { MovingRecord } from './entities.ts';
import { asParameter, FIELDS, type FieldName, NAMES, type Records, ROWS } from './records.ts';

/** What both ORMs answer to one question, and the same question as SQL over the twin. */
export interface Question {
  readonly prisma: (db: Records['prisma']) => Promise<readonly { label: string }[]>;
  readonly typeorm: (db: DataSource) => Promise<readonly { label: string }[]>;
  readonly twin: string;
}

const [first] = ROWS;
const years = { from: new Date('1990-01-01'), to: new Date('1991-01-01') };
const seen = { from: new Date('2020-01-01T00:00:00Z'), to: new Date('2021-01-01T00:00:00Z') };

function equalities(
  field: Exclude<FieldName, 'meta' | 'seenAt' | 'photo' | 'ratio'>,
): readonly Question[] {
  const values = ROWS.map((row) => row[field]).filter((value) => value !== null);
  const value = first![field];
  // tokens of this field differ from tenant to tenant
  const scope = field === 'dob' ? { tenantId: 't1' } : {};
  const within = field === 'dob' ? ` AND tenant_id = 't1'` : '';
  const column = FIELDS[field];
  const text = `'${String(asParameter(field, value))}'`;
  const list = values.map((each) => `'${String(asParameter(field, each))}'`).join(', ');
  const find = (db: DataSource, where: object) =>
    db.getRepository(MovingRecord).findBy({ ...scope, [field]: where });
  const many = (db: Records['prisma'], where: unknown) =>
    db.record.findMany({ where: { ...scope, [field]: where } });
  const questions: readonly Question[] = [
    {
      prisma: (db) => many(db, value),
      typeorm: (db) => find(db, In([value])),
      twin: `${column} = ${text}${within}`,
    },
    {
      prisma: (db) => many(db, { not: value }),
      typeorm: (db) => find(db, Not(value as never)),
      twin: `${column} <> ${text}${within}`,
    },
    {
      prisma: (db) => many(db, { in: values }),
      typeorm: (db) => find(db, In(values)),
      twin: `${column} IN (${list})${within}`,
    },
    {
      prisma: (db) => many(db, { notIn: [value] }),
      typeorm: (db) => find(db, Not(In([value]))),
      twin: `${column} NOT IN (${text})${within}`,
    },
  ];
  // Prisma has no `in` for flags
  return field === 'active' ? questions.slice(0, 2) : questions;
}

function nulls(field: FieldName): readonly Question[] {
  const isRequired = field === 'visits' || field === 'active';
  if (isRequired) return [];
  const find = (db: DataSource, where: object) =>
    db.getRepository(MovingRecord).findBy({ [field]: where });
  return [
    {
      prisma: (db) => db.record.findMany({ where: { [field]: { equals: null } } }),
      typeorm: (db) => find(db, IsNull()),
      twin: `${FIELDS[field]} IS NULL`,
    },
    {
      prisma: (db) => db.record.findMany({ where: { NOT: { [field]: null } } }),
      typeorm: (db) => find(db, Not(IsNull())),
      twin: `${FIELDS[field]} IS NOT NULL`,
    },
  ];
}

export const QUESTIONS: readonly Question[] = [
  ...(['dob', 'visits', 'balance', 'amount', 'active', 'code', 'ref'] as const).flatMap(equalities),
  ...NAMES.flatMap(nulls),
  {
    prisma: (db) =>
      db.record.findMany({ where: { dob: { gte: years.from, lt: years.to }, tenantId: 't1' } }),
    typeorm: (db) =>
      db.getRepository(MovingRecord).findBy({
        tenantId: 't1',
        dob: And(MoreThanOrEqual(years.from), LessThan(years.to)),
      }),
    twin: `dob >= '1990-01-01' AND dob < '1991-01-01' AND tenant_id = 't1'`,
  },
  {
    prisma: (db) => db.record.findMany({ where: { seenAt: { gte: seen.from, lt: seen.to } } }),
    typeorm: (db) =>
      db
        .getRepository(MovingRecord)
        .findBy({ seenAt: And(MoreThanOrEqual(seen.from), LessThan(seen.to)) }),
    twin: `seen_at >= '2020-01-01T00:00:00Z' AND seen_at < '2021-01-01T00:00:00Z'`,
  },
  {
    prisma: (db) => db.record.findMany({ where: { code: { endsWith: '2222' } } }),
    typeorm: (db) => db.getRepository(MovingRecord).findBy({ code: Like('%2222') }),
    twin: `code LIKE '%2222'`,
  },
  {
    prisma: async (db) => [
      await db.record.findUniqueOrThrow({ where: { code: '4333333333333333' } }),
    ],
    typeorm: (db) => db.getRepository(MovingRecord).findBy({ code: '4333333333333333' }),
    twin: `code = '4333333333333333'`,
  },
  {
    prisma: (db) => db.record.findMany({ where: { visits: 7, active: true } }),
    typeorm: (db) => db.getRepository(MovingRecord).findBy({ visits: 7, active: true }),
    twin: 'visits = 7 AND active',
  },
  {
    prisma: (db) => db.record.findMany({ where: { visits: 2 ** 40 } }),
    typeorm: (db) => db.getRepository(MovingRecord).findBy({ visits: 2 ** 40 }),
    twin: 'visits::bigint = 1099511627776',
  },
];
