import { randomUUID } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';

const run = randomUUID();
let given = 0;

/**
 * The JSON of a parameter whose value is not known yet. TypeORM's query cache finds results by the
 * JSON of their parameters, so no two may be alike, in this process or in another one.
 */
export function redactedOnce(): string {
  given += 1;
  return `[sealed] ${run}.${given}`;
}

/** A parameter came to the driver without the subscriber that gives it a value. */
export function notBound(): FieldsealError {
  return new FieldsealError(
    'ERR_NOT_WIRED',
    'A sealed parameter reached the driver unbound: the subscriber of Fieldseal is not in dataSource.subscribers',
  );
}

/** `pg` takes views of other kinds too, but not in arrays. */
export function asBuffer(value: unknown): unknown {
  if (!(value instanceof Uint8Array) || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
