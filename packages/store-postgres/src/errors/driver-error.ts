import { FieldsealError } from '@fieldseal/core';

/** SQLSTATE classes after which the same call may succeed: connection, limits, operator, system. */
const PASSING_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '54', '57', '58', '28']);

/** Single SQLSTATEs of the same kind, in classes that are not. */
const PASSING_STATES: ReadonlySet<string> = new Set([
  '3D000', // the database is not there (yet), or a restore is under way
  '55P03', // lock_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '25006', // a standby that was not promoted yet
]);

/** Something that the migrations would have made is not there. */
const SCHEMA_STATES: ReadonlySet<string> = new Set([
  '3F000', // schema
  '42P01', // table
  '42703', // column
  '42P10', // unique index that an ON CONFLICT names
  '42704', // other object
]);

const INSUFFICIENT_PRIVILEGE = '42501';

/** `reason` of a call that was given up here because the server did not answer in time. */
export const TIMED_OUT = 'TIMEOUT';
/** `reason` of a connection that ended without a code. */
const CONNECTION_LOST = 'CONNECTION';

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : undefined;
}

/** @param reason - SQLSTATE, errno code or one of the words of this file. */
export function unavailable(reason: string): FieldsealError {
  return new FieldsealError('ERR_STORE_UNAVAILABLE', 'The key store did not answer', { reason });
}

/** @param reason - SQLSTATE, `MISSING`, `OUTDATED`, `NEWER`, `CHECKSUM`, `FOREIGN` or `ENCODING`. */
export function schemaError(message: string, reason: string): FieldsealError {
  return new FieldsealError('ERR_STORE_SCHEMA', message, { reason });
}

/** Refused before SQL: a value that the database would not keep exactly. */
export function valueRefused(table: string, column: string): FieldsealError {
  return new FieldsealError('ERR_VALUE_TYPE', 'The key store cannot keep this value exactly', {
    table,
    column,
  });
}

function ofState(state: string): FieldsealError {
  if (PASSING_CLASSES.has(state.slice(0, 2)) || PASSING_STATES.has(state))
    return unavailable(state);
  if (SCHEMA_STATES.has(state)) {
    return schemaError('The key store lacks a table or column: run its migrations', state);
  }
  if (state === INSUFFICIENT_PRIVILEGE) {
    return schemaError('The database user lacks a right on the key store', state);
  }
  return new FieldsealError('ERR_INTERNAL', 'The key store refused a statement', { reason: state });
}

/**
 * What a driver threw, as ours. Only its code is kept: messages and details of PostgreSQL quote
 * the parameters that it choked on.
 */
export function fromDriver(error: unknown): FieldsealError {
  if (error instanceof FieldsealError) return error;
  const code = codeOf(error);
  // A mistake of this package, not an answer of the database.
  if (code === undefined && (error instanceof TypeError || error instanceof RangeError)) {
    return new FieldsealError('ERR_INTERNAL', 'The key store failed', { reason: error.name });
  }
  if (code === undefined) return unavailable(CONNECTION_LOST);
  // The severity tells the server's SQLSTATEs from the errno codes of sockets, such as EPIPE.
  const fromServer = typeof (error as { severity?: unknown }).severity === 'string';
  return fromServer ? ofState(code) : unavailable(code);
}

/** Whether the transaction lost against another one and may be tried again. */
export function lostRace(error: unknown): boolean {
  if (!(error instanceof FieldsealError)) return false;
  const { reason } = error.meta;
  // serialization_failure, deadlock_detected, unique_violation
  return reason === '40001' || reason === '40P01' || reason === '23505';
}
