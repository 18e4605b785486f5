import { isRecord } from './record.ts';

/** Prisma's own codes of what a driver reports when there is no connection. */
const CODES: ReadonlyMap<unknown, string> = new Map([
  ['AuthenticationFailed', 'P1000'],
  ['DatabaseNotReachable', 'P1001'],
  ['DatabaseDoesNotExist', 'P1003'],
  ['SocketTimeout', 'P1008'],
  ['DatabaseAccessDenied', 'P1010'],
  ['TlsConnectionError', 'P1011'],
  ['ConnectionClosed', 'P1017'],
  ['TooManyConnections', 'P2037'],
]);

/**
 * The self-check is often the first query of a process, and a raw one, which Prisma reports as
 * P2010 whatever happened. Applications that wait for their database look for the code that a query
 * of their own would have got.
 * @returns the same error
 */
export function connectionError(error: unknown): unknown {
  if (!(error instanceof Error) || !('meta' in error) || !('code' in error)) return error;
  const driver = isRecord(error.meta) ? error.meta.driverAdapterError : undefined;
  const cause = driver instanceof Error ? driver.cause : undefined;
  const kind = isRecord(cause) ? cause.kind : undefined;
  const code = CODES.get(kind);
  if (code === undefined) return error;
  error.message = `The self-check of Fieldseal did not reach the database: ${String(kind)}`;
  return Object.assign(error, { code });
}
