import type { AuditRow, CheckpointRow } from '../keys/key-store.ts';
import { plainRow } from './audit-line.ts';
import type { AuditSink } from './audit-sink.ts';

/** `pino`, `bunyan`, and whatever logs an object and a message. */
export interface AuditLogger {
  info(object: object, message: string): void;
}

/**
 * Writes entries to a logger, one call for each, at level info. A logger gives no answer, so what it
 * loses is not noticed.
 *
 * @example
 * ```ts
 * import { loggerSink } from '@fieldseal/core';
 *
 * const sink = loggerSink({ info: (object, message) => console.log(message, object) });
 * ```
 */
export function loggerSink(logger: AuditLogger): AuditSink {
  const log = (row: AuditRow | CheckpointRow, message: string): void =>
    logger.info({ audit: plainRow(row) }, message);
  return {
    name: 'logger',
    write(rows) {
      for (const row of rows) log(row, 'fieldseal audit entry');
    },
    checkpoint: (row) => log(row, 'fieldseal audit checkpoint'),
    close() {},
  };
}
