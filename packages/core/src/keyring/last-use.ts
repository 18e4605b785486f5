import { checkEntry } from '../audit/audit-chain.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { Engine } from '../cipher/engine.ts';
import type { AuditRow, KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';

/** What the audit trail says of uses of a key. */
export interface LastUse {
  /**
   * The newest successful one of these actions, those that wait in this process included.
   * @throws `ERR_AUDIT_UNAVAILABLE`, `ERR_AUDIT_BROKEN`, `ERR_STORE_UNAVAILABLE`
   */
  of(keyId: string, actions: readonly string[]): Promise<AuditRow | null>;
  /** The oldest management entry that is kept; `null` when all were taken out. */
  beginning(): Promise<AuditRow | null>;
}

export function createLastUse(options: {
  readonly store: Pick<KeyStore, 'readLastUse' | 'readAudit'>;
  readonly secrets: StoreSecrets;
  readonly engine: Engine;
  readonly trail: Pick<AuditTrail, 'flush'>;
}): LastUse {
  const { store, trail } = options;

  /** An entry that somebody else wrote is no evidence. */
  function checked(row: AuditRow | null | undefined): AuditRow | null {
    if (row === null || row === undefined) return null;
    checkEntry(options, row);
    return row;
  }

  return {
    async of(keyId, actions) {
      await trail.flush();
      return checked(await store.readLastUse({ keyId, actions }));
    },
    async beginning() {
      const [first] = await store.readAudit({ chain: 'management', after: 0n, limit: 1 });
      return checked(first);
    },
  };
}
