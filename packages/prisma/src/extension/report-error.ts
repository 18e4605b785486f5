import { FieldsealError } from '@fieldseal/core';
import type { ExtensionCore } from './extension-core.ts';
import { isRecord } from './record.ts';
import type { ModelView, SchemaView } from './schema-view.ts';

/** What columns and constraints are called by the application. */
interface Names {
  readonly columns: ReadonlyMap<string, string>;
  readonly constraints: ReadonlyMap<string, readonly string[]>;
}

/** Errors of Prisma by name: each client generator may ship its own copy of the classes. */
interface PrismaError extends Error {
  code?: unknown;
  meta?: unknown;
}

/**
 * Makes an error of Prisma fit to be seen: token columns are called by their field, and messages
 * that quote arguments, rows or SQL parameters keep only what explains them. The error stays the
 * object that it is, so that `instanceof` and `code` go on working.
 */
export function reportError(
  { schema, constraints }: Pick<ExtensionCore, 'schema' | 'constraints'>,
  operation: string,
  error: unknown,
): unknown {
  if (!(error instanceof Error) || error instanceof FieldsealError) return error;
  const prisma: PrismaError = error;
  if (prisma.name === 'PrismaClientKnownRequestError') {
    reportKnown({ columns: columnNames(schema), constraints: constraints() }, operation, prisma);
  } else if (prisma.name === 'PrismaClientValidationError') {
    const why = rename(explanation(prisma.message), columnNames(schema));
    setMessage(prisma, `Invalid ${operation}: ${why}`);
  } else if (prisma.name.startsWith('PrismaClient')) {
    setMessage(prisma, `${operation} failed in the database or its driver`);
  }
  return prisma;
}

/** Codes whose messages name columns and constraints but never quote a value. */
const EXPLAINED: ReadonlySet<string> = new Set(['P2002', 'P2003', 'P2011', 'P2025', 'P2034']);

function reportKnown(names: Names, operation: string, error: PrismaError): void {
  const code = typeof error.code === 'string' ? error.code : '';
  if (isRecord(error.meta)) error.meta = safeMeta(error.meta, names);
  const fields = code === 'P2002' ? uniqueFields(error.meta) : undefined;
  if (fields !== undefined) {
    const list = fields.map((name) => `\`${name}\``).join(',');
    setMessage(error, `${operation}: Unique constraint failed on the fields: (${list})`);
  } else if (EXPLAINED.has(code)) {
    setMessage(error, `${operation}: ${rename(explanation(error.message), names.columns)}`);
  } else {
    setMessage(error, `${operation} failed with ${code}`);
  }
}

function uniqueFields(meta: unknown): readonly string[] | undefined {
  const { constraint } = causeOf(isRecord(meta) ? meta.driverAdapterError : undefined);
  const fields = isRecord(constraint) ? constraint.fields : undefined;
  return Array.isArray(fields) ? fields.map(String) : undefined;
}

/** What stands for a sealed field: token columns, and compound uniques with one of them. */
function columnNames(schema: SchemaView): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const view of schema.models()) addNames(view, names);
  return names;
}

function addNames(view: ModelView, names: Map<string, string>): void {
  for (const { name, physicalName } of view.compounds.values()) names.set(physicalName, name);
  for (const { field, index } of view.sealed?.tokens.values() ?? []) {
    names.set(index.name, field.name);
    names.set(index.column, field.name);
  }
}

function rename(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/`([^`]+)`/g, (whole, name: string) => {
    const field = names.get(name);
    return field === undefined ? whole : `\`${field}\``;
  });
}

/**
 * The last line says what is wrong; the ones before print arguments, or the source of the call
 * with its literals. What it quotes may be a value.
 */
function explanation(message: string): string {
  const last = message.trim().split('\n').at(-1) ?? '';
  return last.trim().replace(/"[^"]*"?|'[^']*'?/g, '(a value)');
}

const SAFE_META: ReadonlySet<string> = new Set(['modelName', 'cause', 'relation', 'field_name']);

function safeMeta(meta: Readonly<Record<string, unknown>>, names: Names): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(meta)) {
    if (SAFE_META.has(key) && typeof value === 'string') safe[key] = value;
    if (key === 'target') safe.target = renameAll(value, names.columns);
    if (key === 'driverAdapterError') safe.driverAdapterError = safeDriverError(value, names);
  }
  return safe;
}

function renameAll(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((name) => renameAll(name, names));
  return typeof value === 'string' ? (names.get(value) ?? value) : value;
}

/** The driver's own message may quote a whole row: only its codes and names are kept. */
function safeDriverError(value: unknown, names: Names): Record<string, unknown> {
  const cause = causeOf(value);
  const safe: Record<string, unknown> = {};
  for (const key of ['kind', 'originalCode'] as const) {
    if (typeof cause[key] === 'string') safe[key] = cause[key];
  }
  if (isRecord(cause.constraint)) safe.constraint = safeConstraint(cause.constraint, names);
  return { name: 'DriverAdapterError', cause: safe };
}

function safeConstraint(
  { index, fields }: Readonly<Record<string, unknown>>,
  names: Names,
): Record<string, unknown> {
  if (Array.isArray(fields)) return { fields: renameAll(fields.map(unquoted), names.columns) };
  if (typeof index !== 'string') return {};
  const known = names.constraints.get(index);
  return known === undefined ? { index } : { fields: [...known] };
}

function causeOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || !('cause' in value)) return {};
  return isRecord(value.cause) ? value.cause : {};
}

function unquoted(name: unknown): unknown {
  return typeof name === 'string' ? name.replace(/^"(.*)"$/, '$1') : name;
}

function setMessage(error: Error, message: string): void {
  const { stack, name } = error;
  error.message = message;
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  error.stack = [`${name}: ${message}`, ...frames].join('\n');
}
