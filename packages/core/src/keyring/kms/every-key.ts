import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import { isDestroyed } from '../key-usability.ts';
import { denied, type KeyAccess } from './access.ts';
import type { KmsParts } from './kms-parts.ts';

/**
 * What is about all keys at once takes the right to each of them, and a state of each that lets it.
 * Those that were destroyed are passed over, as nobody can give rights to them any more.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, and what the states say
 */
export function requireOnEveryKey(
  { access }: Pick<KmsParts, 'access'>,
  snapshot: ControlSnapshot,
  operation: KeyAccess['operation'],
): void {
  access.principals.current();
  const keys = [...snapshot.keys.values()].filter((key) => !isDestroyed(snapshot, key));
  if (keys.length === 0) throw denied(operation);
  for (const key of keys) access.key(snapshot, { operation, key });
}
