import { FieldsealError } from '@fieldseal/core';

const TEXT_CELL = /^fs1\.[A-Za-z0-9_-]{80,}$/;
const CELL_MARK = 0xf5;
const LEAST_BYTES = 60;

function isCell(value: unknown): boolean {
  if (typeof value === 'string') return TEXT_CELL.test(value);
  return (
    value instanceof Uint8Array &&
    value.length >= LEAST_BYTES &&
    value[0] === CELL_MARK &&
    (value[1] === 1 || value[1] === 2)
  );
}

/**
 * Asserts that a value read from the database past the ORM has the form of a cell. It does not
 * open it: a cell of another field has the same form.
 *
 * @throws `ERR_CIPHERTEXT_REJECTED` when it does not; the message does not quote the value.
 *
 * @example
 * ```ts
 * import { expectSealed } from '@fieldseal/testing';
 *
 * // const { rows } = await pool.query('SELECT aadhaar FROM "Customer"');
 * // for (const row of rows) expectSealed(row.aadhaar);
 * ```
 */
export function expectSealed(value: unknown): void {
  if (isCell(value)) return;
  const kind = value === null ? 'null' : typeof value;
  throw new FieldsealError('ERR_CIPHERTEXT_REJECTED', `Expected a cell, found a ${kind}`);
}
