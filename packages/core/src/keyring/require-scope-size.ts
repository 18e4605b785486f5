import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Scope } from './key-door.ts';
import { MAX_SCOPE_BYTES, scopeBytes } from './key-name.ts';

/**
 * Names that are long in bytes, such as 700 characters of Chinese, pass every count of characters.
 * @throws `ERR_VALUE_TOO_LARGE`
 */
export function requireScopeSize(keyId: string, scope: Scope): void {
  const sizeBytes = scopeBytes(scope).length;
  if (sizeBytes <= MAX_SCOPE_BYTES) return;
  const message = 'The names of tenant and subject have too many bytes together';
  const meta = { keyId, sizeBytes, limitBytes: MAX_SCOPE_BYTES };
  throw new FieldsealError('ERR_VALUE_TOO_LARGE', message, meta);
}
