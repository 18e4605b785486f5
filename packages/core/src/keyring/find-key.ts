import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../keys/control-snapshot.ts';
import { checkAlias } from './alias.ts';

/** @throws `ERR_KEY_NOT_FOUND`, `ERR_ALIAS_INVALID` */
export function findKey(snapshot: ControlSnapshot, aliasOrKeyId: string): KeyRecord {
  const isAlias = aliasOrKeyId.startsWith('alias/');
  if (isAlias) checkAlias(aliasOrKeyId);
  const keyId = isAlias ? snapshot.aliases.get(aliasOrKeyId)?.keyId : aliasOrKeyId;
  const key = keyId === undefined ? undefined : snapshot.keys.get(keyId);
  if (key === undefined) {
    const named = isAlias ? { alias: aliasOrKeyId } : { keyId: aliasOrKeyId };
    const message = isAlias
      ? `There is no key ${aliasOrKeyId}; make one with createKey and createAlias`
      : 'There is no such key';
    throw new FieldsealError('ERR_KEY_NOT_FOUND', message, named);
  }
  return key;
}
