import { EVERY_KEY } from '../keys/approval-records.ts';
import type { ControlSnapshot, KeyRecord } from '../keys/control-snapshot.ts';
import type { AccessDecision } from '../policy/access-decision.ts';
import { findKey } from './find-key.ts';
import { isDestroyed } from './key-usability.ts';
import { denied } from './kms/access.ts';
import type { KmsParts } from './kms/kms-parts.ts';

/** Rights to what the store keeps of a field: they are asked on the key that it is sealed under. */
export type FieldRight = 'SetPhase' | 'SetIndexState';

/** Who allowed it, and of which key; `*` where it is not one. */
export interface FieldDecision {
  readonly keyId: string;
  readonly decision: AccessDecision;
}

type Parts = Pick<KmsParts, 'access' | 'fieldKeys' | 'policies' | 'primitives'>;

/** In a store without keys nothing is sealed yet: it is asked as for a key that is about to be made. */
function onNewKey(
  { access, policies, primitives }: Parts,
  snapshot: ControlSnapshot,
  action: FieldRight,
): AccessDecision {
  const decision = policies.decideOnNewKey(snapshot, {
    principal: access.principals.asking(),
    action,
    resource: { type: 'key', id: '' },
    now: primitives.clock.now(),
  });
  if (!decision.allowed) throw denied(action);
  return decision;
}

/**
 * Holds a caller to a right on the key of a field: on each, where manifests name several, and on every key
 * of the store where nobody here knows which it is, or it is not made yet.
 * @param change.keyId - A key that the change was signed for; `*` for none.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_KEY_NOT_FOUND`
 */
export function authoriseField(
  parts: Parts,
  snapshot: ControlSnapshot,
  change: { readonly right: FieldRight; readonly fieldId: string; readonly keyId?: string },
): FieldDecision {
  const { access, fieldKeys } = parts;
  const { right: operation, fieldId, keyId = EVERY_KEY } = change;
  access.principals.current();
  const signed = keyId === EVERY_KEY ? [] : [keyId];
  const names = new Set([...signed, ...fieldKeys.of(snapshot, fieldId)]);
  const decisions = new Map<string, AccessDecision>();
  const ask = (key: KeyRecord, named?: string): void => {
    const asked = { operation, key, ...(named === undefined ? {} : { named }) };
    decisions.set(key.id, access.rights(snapshot, asked));
  };
  for (const named of names) {
    if (named.startsWith('alias/') && !snapshot.aliases.has(named)) continue;
    ask(findKey(snapshot, named), named);
  }
  if (decisions.size === 0) {
    for (const key of snapshot.keys.values()) if (!isDestroyed(snapshot, key)) ask(key);
  }
  const [first] = decisions;
  if (first === undefined) {
    return { keyId: EVERY_KEY, decision: onNewKey(parts, snapshot, operation) };
  }
  return { keyId: decisions.size === 1 ? first[0] : EVERY_KEY, decision: first[1] };
}
