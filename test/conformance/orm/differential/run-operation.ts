import { FieldsealError } from '@fieldseal/core';
import { type ObjectLiteral, QueryFailedError, type Repository, TypeORMError } from 'typeorm';
import { asAsk, type Row } from '../orm-driver.ts';
import { columnFilter } from '../typeorm-driver.ts';
import type { Condition, Operation, SimpleOperation, TwinName } from './operation.ts';

export type Twin = Readonly<Record<TwinName, Repository<ObjectLiteral>>>;

/** What the application sees of an operation. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly error: string }
  | { readonly refused: string };

/** Runs it as an application would; a refusal of ours is told apart from errors of the database. */
export async function runOperation(twin: Twin, operation: Operation): Promise<Outcome> {
  try {
    return { result: await resultIn(twin, operation) };
  } catch (error) {
    if (error instanceof FieldsealError) return { refused: error.code };
    if (error instanceof QueryFailedError) return { error: String(error.driverError.code) };
    if (error === ROLLED_BACK) return { error: ROLLED_BACK.message };
    if (error instanceof TypeORMError) return { error: error.name };
    throw error;
  }
}

const ROLLED_BACK = new RangeError('rolled back');

async function resultIn(twin: Twin, operation: Operation): Promise<unknown> {
  if (operation.name !== 'transaction') {
    return comparable(await result(twin[operation.model], operation));
  }
  return twin.customer.manager.transaction(async (manager) => {
    const inner: Twin = {
      customer: manager.getRepository(twin.customer.target),
      card: manager.getRepository(twin.card.target),
    };
    const results: unknown[] = [];
    for (const each of operation.operations) results.push(await resultIn(inner, each));
    if (!operation.isKept) throw ROLLED_BACK;
    return results;
  });
}

async function result(
  rows: Repository<ObjectLiteral>,
  operation: SimpleOperation,
): Promise<unknown> {
  switch (operation.name) {
    case 'find':
      return rows.find(findOptions(operation.find));
    case 'findAndCount':
      return rows.findAndCount(findOptions(operation.find));
    case 'findOne': {
      const { take, skip, ...find } = findOptions(operation.find);
      return rows.findOne({ ...find, order: { id: 'ASC' } });
    }
    case 'count':
      return rows.count({ where: conditions(operation.where) });
    case 'exists':
      return rows.exists({ where: conditions(operation.where) });
    case 'delete':
      return (await rows.delete(conditions(operation.where))).affected;
    case 'joined': {
      const relation = operation.model === 'customer' ? 'cards' : 'customer';
      return rows
        .createQueryBuilder('row')
        .leftJoinAndSelect(`row.${relation}`, 'other')
        .where(conditions(operation.where))
        .getMany();
    }
    case 'save':
      return rows.save(rows.create(copies(operation.rows)));
    case 'insert':
      return (await rows.insert(copies(operation.rows))).identifiers;
    case 'change': {
      const row = await rows.findOneBy(conditions(operation.where));
      return row === null ? null : rows.save(Object.assign(row, structuredClone(operation.data)));
    }
    case 'remove': {
      const row = await rows.findOneBy(conditions(operation.where));
      return row === null ? null : rows.remove(row);
    }
    case 'update': {
      const data = structuredClone(operation.data);
      return (await rows.update(conditions(operation.where), data)).affected;
    }
    case 'upsert': {
      const [row] = copies([operation.row]);
      return (await rows.upsert(row ?? {}, [...operation.on])).identifiers;
    }
    case 'increment':
      return (await rows.increment(conditions(operation.where), operation.column, 1)).affected;
  }
}

/** TypeORM writes into what it is given, and both twins are given the same. */
function copies(rows: readonly Row[]): ObjectLiteral[] {
  return rows.map((row) => structuredClone(row));
}

function findOptions({ where, more }: { readonly where: Condition; readonly more: Row }): Row {
  return { where: conditions(where), ...structuredClone(more) };
}

// biome-ignore lint/suspicious/noExplicitAny: conditions of both twins, whose types differ
function conditions(where: Condition): any {
  return Array.isArray(where) ? where.map(objectConditions) : objectConditions(where as Row);
}

function objectConditions(where: Row): Row {
  const entries = Object.entries(where).map(([name, value]) => {
    const isRelation = name === 'cards' || name === 'customer';
    const inner = isRelation && asAsk(value) === undefined;
    return [name, inner ? objectConditions(value as Row) : columnFilter(value)];
  });
  return Object.fromEntries(entries);
}

/** Rows come in no order unless one is asked for, which no operation here depends on. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable).sort(byText);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([name, inner]) => [name, comparable(inner)]).sort(byText));
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a) ?? '', JSON.stringify(b) ?? ''];
  return left < right ? -1 : Number(left > right);
}
