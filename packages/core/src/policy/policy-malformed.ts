import { FieldsealError } from '../errors/fieldseal-error.ts';

const MAX_KEY_LENGTH = 128;

/** The path of a property, such as `Statement[2].Condition.StringLike["kms:ViaService"]`. */
export function inside(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(key)) return path === '' ? key : `${path}.${key}`;
  const shown = key.length > MAX_KEY_LENGTH ? `${key.slice(0, MAX_KEY_LENGTH)}...` : key;
  return `${path}[${JSON.stringify(shown)}]`;
}

/**
 * The answer to a document that is not one. Message and `meta.option` have the path to the bad
 * element; what stands there is never quoted, since conditions hold values of contexts.
 */
export function policyMalformed(path: string, message: string): FieldsealError {
  const where = path === '' ? 'The document' : path;
  return new FieldsealError('ERR_POLICY_MALFORMED', `${where} ${message}`, { option: where });
}
