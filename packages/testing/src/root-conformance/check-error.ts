import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { FieldsealError } from '@fieldseal/core';

/** Everything that a log could make of an error. */
function shownOf(error: unknown): string {
  const parts = [inspect(error, { depth: 10, showHidden: true }), String(error)];
  if (error instanceof Error) parts.push(error.stack ?? '', JSON.stringify(error));
  return parts.join('\n');
}

function spellings(secret: string | Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret as Uint8Array);
  const encodings = ['hex', 'base64', 'base64url', 'latin1'] as const;
  // as inspect and JSON show bytes
  const lists = [bytes.toString('hex').replaceAll(/(..)(?!$)/g, '$1 '), [...bytes].join(',')];
  return [...encodings.map((encoding) => bytes.toString(encoding).replace(/=+$/, '')), ...lists];
}

/** That an error is one of Fieldseal's, without a cause and without a secret. */
export function checkError(
  error: unknown,
  secrets: readonly (string | Uint8Array)[],
): FieldsealError {
  assert(error instanceof FieldsealError, 'a root throws nothing but FieldsealError');
  assert.equal(error.cause, undefined, 'an error has no cause');
  const shown = shownOf(error);
  for (const spelling of secrets.flatMap(spellings)) {
    assert(!shown.includes(spelling), 'an error shows a secret');
  }
  return error;
}

/** The error of a call that has to fail with one of these codes. */
export async function failureOf(
  call: Promise<unknown>,
  secrets: readonly (string | Uint8Array)[],
): Promise<FieldsealError> {
  const outcome = await call.then(
    () => ({ failed: false as const }),
    (error: unknown) => ({ failed: true as const, error }),
  );
  assert(outcome.failed, 'the call has to fail');
  return checkError(outcome.error, secrets);
}
