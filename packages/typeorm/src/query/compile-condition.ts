import type { LookupOp, PlainPredicate, PredicateOperator, PredicateShape } from '@fieldseal/core';
import { checkScopeSpelling, FieldsealError } from '@fieldseal/core';
import { FindOperator } from 'typeorm';
import type { ColumnMetadata, SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import { LookupParameter } from '../parameter/lookup-parameter.ts';
import { PlainParameter } from '../parameter/plain-parameter.ts';
import { PLAIN_PARAMETER } from './guard-text.ts';
import type { QueryContext } from './query-context.ts';
import { refusal } from './refusal.ts';
import { scopeNative } from './scope-of.ts';

/** One condition on one sealed field, and what is known around it. */
export interface SealedCondition {
  readonly context: QueryContext;
  readonly entity: SealedEntity;
  readonly sealed: SealedColumn;
  /** The tenant that the same condition object names. */
  readonly tenant: string | undefined;
  /** Whether a NOT stands around the whole condition object. */
  readonly isNegated: boolean;
}

/** Names a column of the entity in the statement, with the alias that it has there. */
export type ColumnPath = (column: ColumnMetadata) => string;

export interface CompiledCondition {
  sql(path: ColumnPath): string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Names of the indexes that are asked. */
  readonly looked: ReadonlySet<string>;
}

interface Compilation extends SealedCondition {
  readonly parameters: Record<string, unknown>;
  readonly looked: Set<string>;
  /** Whether the answer also holds rows that no token was asked for. */
  isOpen: boolean;
}

type Sql = (path: ColumnPath) => string;

let parameterNumber = 0;

/**
 * Translates the value or operator that stands on a sealed field into SQL on its token columns.
 * @throws `ERR_OPERATOR_UNSUPPORTED` for an operator that cannot be answered exactly,
 * `ERR_SCOPE_REQUIRED`, `ERR_VALUE_TYPE`
 */
export function compileCondition(condition: SealedCondition, operand: unknown): CompiledCondition {
  const compilation: Compilation = {
    ...condition,
    parameters: {},
    looked: new Set(),
    isOpen: false,
  };
  const sql = compile(compilation, operand);
  return { sql: narrowed(compilation, sql), ...compilation };
}

function compile(compilation: Compilation, operand: unknown): Sql {
  if (!(operand instanceof FindOperator)) return lookup(compilation, 'equals', operand);
  if (operand.child !== undefined && operand.type !== 'not') {
    throw refused(compilation, operand.type, 'it does not take another operator');
  }
  const value: unknown = operand.value;
  switch (operand.type) {
    case 'isNull':
      return isNull(compilation);
    case 'equal':
      return lookup(compilation, 'equals', value);
    case 'in':
      return inList(compilation, value);
    case 'not':
      return not(compilation, operand);
    case 'and':
      return compileAnd(compilation, value as readonly FindOperator<unknown>[]);
    case 'or':
      return joined(compilation, value as readonly FindOperator<unknown>[], ' OR ');
    case 'like':
      return like(compilation, value);
    default:
      return range(compilation, [operand]);
  }
}

function isNull(compilation: Compilation): Sql {
  compilation.isOpen = true;
  const { column, old } = compilation.sealed;
  if (old === undefined) return (path) => `${path(column)} IS NULL`;
  return (path) => `num_nonnulls(${path(column)}, ${path(old)}) = 0`;
}

function inList(compilation: Compilation, value: unknown): Sql {
  if (Array.isArray(value) && value.length === 0) {
    // is checked as any list: a field without index does not answer it
    shapeOf(compilation, 'in', value);
    return () => '0=1';
  }
  return lookup(compilation, 'in', value);
}

function not(compilation: Compilation, operand: FindOperator<unknown>): Sql {
  compilation.isOpen = true;
  // `value` of Not(IsNull()) is that of the inner operator
  const inner = compile(compilation, operand.child ?? operand.value);
  return (path) => `NOT(${inner(path)})`;
}

function joined(
  compilation: Compilation,
  operators: readonly FindOperator<unknown>[],
  word: string,
): Sql {
  const parts = operators.map((operator) => compile(compilation, operator));
  return (path) => `(${parts.map((part) => part(path)).join(word)})`;
}

const BOUNDS: ReadonlyMap<string, 'gt' | 'gte' | 'lt' | 'lte'> = new Map([
  ['moreThan', 'gt'],
  ['moreThanOrEqual', 'gte'],
  ['lessThan', 'lt'],
  ['lessThanOrEqual', 'lte'],
]);

function compileAnd(compilation: Compilation, operators: readonly FindOperator<unknown>[]): Sql {
  const isBound = ({ type }: FindOperator<unknown>): boolean => BOUNDS.has(type);
  const bounds = operators.filter(isBound);
  if (bounds.length === 0) return joined(compilation, operators, ' AND ');
  const within = range(compilation, bounds);
  const others = operators.filter((operator) => !isBound(operator));
  if (others.length === 0) return within;
  const rest = joined(compilation, others, ' AND ');
  return (path) => `(${within(path)} AND ${rest(path)})`;
}

/** Several bounds are one question: which values lie within all of them. */
function range(compilation: Compilation, operators: readonly FindOperator<unknown>[]): Sql {
  const bounds: Record<string, unknown> = {};
  for (const operator of operators) {
    const value: unknown = operator.value;
    if (operator.type === 'between' && Array.isArray(value)) {
      [bounds.gte, bounds.lte] = value;
      continue;
    }
    const bound = BOUNDS.get(operator.type);
    if (bound === undefined || bounds[bound] !== undefined) {
      throw refused(compilation, operator.type, 'a sealed field cannot answer it');
    }
    bounds[bound] = value;
  }
  return lookup(compilation, 'range', bounds);
}

const PATTERN = /^(%?)([^%_\\]+)(%?)$/;

/** `%1234` and `411111%` ask for an end and a start; other patterns for what no index knows. */
function like(compilation: Compilation, value: unknown): Sql {
  const [, before, text, after] = PATTERN.exec(typeof value === 'string' ? value : '') ?? [];
  if (before === '%' && after === '') return lookup(compilation, 'endsWith', text);
  if (before === '' && after === '%') return lookup(compilation, 'startsWith', text);
  throw refused(compilation, 'like', 'only "%end" and "start%" can be looked up');
}

function lookup(compilation: Compilation, operator: PredicateOperator, operand: unknown): Sql {
  const op = lookupOp(compilation, operator, operand);
  const shape = shapeOf(compilation, operator, operand);
  if (shape.match !== 'equals' && shape.match !== 'in') {
    throw refused(compilation, operator, 'this version of the adapter cannot spell its index');
  }
  const isList = shape.match === 'in';
  const operation = `${compilation.entity.model}.query`;
  const name = nextParameter(compilation, new LookupParameter(operation, op, isList));
  compilation.looked.add(shape.index);
  const token = tokenColumn(compilation, shape);
  const matches: Sql = (path) =>
    isList ? `${path(token)} = ANY(:${name})` : `${path(token)} = :${name}`;
  return shape.plain === undefined
    ? matches
    : besidePlaintext(compilation, { token, matches, plain: shape.plain });
}

/**
 * Rows that have no token yet are found by their plaintext. Each side is false, not unknown, for
 * rows of the other: NOT around both then means what it would mean on the field itself.
 */
function besidePlaintext(
  compilation: Compilation,
  lookup: { readonly token: ColumnMetadata; readonly matches: Sql; readonly plain: PlainPredicate },
): Sql {
  const { token, matches, plain } = lookup;
  const { column, old } = compilation.sealed;
  const parameter = new PlainParameter(textsOf(plain));
  const name = nextParameter(compilation, parameter, PLAIN_PARAMETER);
  const compared = comparison(plain, name);
  const scope = scopeOfPlaintext(compilation, token);
  const plainOnly = withoutCell(compilation, token, plain);
  return (path) =>
    `((${path(token)} IS NOT NULL AND ${matches(path)}) OR ` +
    `(${plainOnly(path)}${path(old ?? column)} ${compared}${scope(path)}))`;
}

/** No cell is equal to plaintext, but a part of one could be; and where there is a cell it counts. */
function withoutCell(
  { sealed: { column, old } }: Compilation,
  token: ColumnMetadata,
  { match }: PlainPredicate,
): Sql {
  if (match !== 'in') return (path) => `${path(token)} IS NULL AND `;
  // spelled as the guard of text knows it from no application
  return (path) => (old === undefined ? '' : `num_nonnulls(${path(column)}) = 0 AND `);
}

const RANGES: ReadonlyMap<string, string> = new Map([
  ['date', 'daterange'],
  ['timestamp', 'tsrange'],
  ['timestamptz', 'tstzrange'],
]);

/** An old column is compared as what it is, a text column as text. */
function comparison({ match, from }: PlainPredicate, name: string): string {
  if (match === 'within') return `<@ ANY(CAST(:${name} AS ${RANGES.get(from?.type ?? '')}[]))`;
  if (match !== 'in') return `LIKE ANY(:${name})`;
  return from === undefined ? `= ANY(:${name})` : `= ANY(CAST(:${name} AS ${from.type}[]))`;
}

/** What the pattern of a part holds is text, whatever it means to LIKE. */
function textsOf({ match, texts }: PlainPredicate): readonly string[] {
  if (match === 'in') return texts;
  if (match === 'within') return [`[${texts.join(',')})`];
  const literals = texts.map((text) => text.replace(/[\\%_]/g, '\\$&'));
  return literals.map((text) => (match === 'startsWith' ? `${text}%` : `%${text}`));
}

/** Plaintext is equal across tenants, tokens are not. */
function scopeOfPlaintext(compilation: Compilation, token: ColumnMetadata): Sql {
  const { context, entity, sealed, tenant } = compilation;
  const { scope, indexes } = sealed.field;
  const index = indexes.find(({ column }) => column === token.databaseName);
  const text = tenant ?? context.ambient().tenant;
  const column = scope === undefined ? undefined : entity.column(scope);
  if (column === undefined || text === undefined || index?.global !== undefined) return () => '';
  const name = nextParameter(compilation, scopeNative(column, text));
  return (path) => ` AND ${path(column)} = :${name}`;
}

function nextParameter({ parameters }: Compilation, value: unknown, prefix = 'fieldseal_'): string {
  parameterNumber = (parameterNumber + 1) % Number.MAX_SAFE_INTEGER;
  const name = `${prefix}${parameterNumber}`;
  parameters[name] = value;
  return name;
}

function lookupOp(
  { context, entity, sealed, tenant }: SealedCondition,
  operator: PredicateOperator,
  operand: unknown,
): LookupOp {
  const op = { model: entity.model, field: sealed.field.name, operator, operand };
  if (sealed.field.scope === undefined) return op;
  // a statement that is sent in another scope than it was built in must not ask for both tenants
  const named = tenant ?? context.ambient().tenant;
  if (named === undefined) return op;
  return { ...op, tenant: checkScopeSpelling(named, entity.model, sealed.field.name) };
}

function shapeOf(
  compilation: SealedCondition,
  operator: PredicateOperator,
  operand: unknown,
): PredicateShape {
  const { context, entity } = compilation;
  const op = lookupOp(compilation, operator, operand);
  return context.codec.shapeOf(`${entity.model}.query`, op);
}

function tokenColumn({ sealed }: SealedCondition, shape: PredicateShape): ColumnMetadata {
  const found = sealed.tokens.find(({ index }) => index.name === shape.column);
  if (found !== undefined) return found.column;
  const message = `${sealed.model}.${shape.column} is not a token column of this data source`;
  throw new FieldsealError('ERR_NOT_WIRED', message, { model: sealed.model });
}

/**
 * Tokens differ from tenant to tenant, so what is not positive would also give rows of all other
 * tenants, whatever they hold. Under an ambient tenant the condition is about that tenant's rows.
 */
function narrowed(compilation: Compilation, sql: Sql): Sql {
  const { context, entity, sealed, tenant, isOpen, isNegated, looked } = compilation;
  const { scope, indexes } = sealed.field;
  const isPerTenant = indexes.some(({ name, global }) => looked.has(name) && global === undefined);
  if (scope === undefined || tenant !== undefined || !isPerTenant) return sql;
  if (!isOpen && !isNegated) return sql;
  const around = context.ambient().tenant;
  const column = entity.column(scope);
  if (isNegated || around === undefined || column === undefined) {
    const place = { model: entity.model, field: sealed.field.name };
    const message = `${place.model}.${place.field}: name ${scope} in the same condition`;
    throw new FieldsealError('ERR_SCOPE_REQUIRED', message, place);
  }
  const name = nextParameter(compilation, scopeNative(column, around));
  return (path) => `(${sql(path)} AND ${path(column)} = :${name})`;
}

function refused({ entity, sealed }: SealedCondition, operator: string, why: string): Error {
  return refusal({ model: entity.model, field: sealed.field.name, operator }, why);
}
