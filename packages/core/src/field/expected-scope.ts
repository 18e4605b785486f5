import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Scope } from '../keyring/key-door.ts';
import { scopeText } from './scope-text.ts';

/**
 * Whose a value is: what the row, the data or `where` names; the ambient scope where they are
 * silent. Both have to agree.
 *
 * @param named - Of the row, as the database or the application gave it; `undefined` when nothing
 * was named. `null` names nobody, and the ambient scope does not stand in for it.
 * @throws `ERR_SCOPE_REQUIRED`, `ERR_SCOPE_CHANGE`
 */
export function expectedScope(part: keyof Scope, named: unknown, ambient: Scope): string {
  const around = ambient[part];
  if (named === undefined) {
    if (around !== undefined) return around;
    const message = `No ${part} is named, and there is no ambient scope`;
    throw new FieldsealError('ERR_SCOPE_REQUIRED', message);
  }
  const text = scopeText(named);
  if (text === undefined) {
    const message = `The ${part} must be a text of 1 to 1,024 characters or a whole number`;
    throw new FieldsealError('ERR_SCOPE_REQUIRED', message);
  }
  if (around !== undefined && around !== text) {
    const message = `The ${part} is another one than that of the ambient scope`;
    throw new FieldsealError('ERR_SCOPE_CHANGE', message);
  }
  return text;
}
