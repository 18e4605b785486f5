import type { AuditRow } from '../keys/key-store.ts';
import type { AuditedChange, AuditedUse } from './audited-use.ts';

/** The audit trail of one process. */
export interface AuditTrail {
  /** Name of this process's chain. */
  readonly chain: string;
  /**
   * Entries about one control change, to be written with it (`ControlChange.audit`). On
   * `ERR_STORE_CONFLICT` somebody else was first: ask again.
   * @throws `ERR_STORE_ROLLED_BACK` when the trail has changes that the store has not; `ERR_AUDIT_BROKEN`
   * when the management chain was cut or forged; `ERR_AUDIT_UNAVAILABLE`
   * (whatever operations are to do then), `ERR_STORE_UNAVAILABLE`, `ERR_CONFIG_INVALID` (details that
   * no entry can hold), `ERR_KEYRING_CLOSED`
   */
  forChange(...changes: readonly AuditedChange[]): Promise<readonly AuditRow[]>;
  /**
   * Of the newest change that the trail knows of; 0 when its end is forged, which is for `verifyAudit`
   * to tell, and nothing is recorded any more.
   * @throws `ERR_STORE_UNAVAILABLE`
   */
  newestEpoch(): Promise<bigint>;
  /**
   * Refuses a store that lacks a change which the trail knows of: it was put back alone. As
   * {@link AuditTrail.newestEpoch} where the end is forged.
   * @throws `ERR_STORE_ROLLED_BACK`, `ERR_STORE_UNAVAILABLE`
   */
  requireNewStore(): Promise<void>;
  /** The change is committed: its entries go to the sinks. */
  changed(rows: readonly AuditRow[]): void;
  /**
   * Keeps a use of a key; writes it later.
   * @throws as {@link AuditTrail.check}
   */
  record(use: AuditedUse): void;
  /**
   * Throws when nothing may be done that would leave no trace. To be called before an operation.
   * @throws `ERR_AUDIT_UNAVAILABLE` where operations are to fail then, `ERR_AUDIT_BROKEN`,
   * `ERR_KEYRING_CLOSED`
   */
  check(): void;
  /**
   * Writes what waits, within the deadline.
   * @throws `ERR_AUDIT_UNAVAILABLE`, `ERR_AUDIT_BROKEN`, `ERR_KEYRING_CLOSED`
   */
  flush(): Promise<void>;
  /** Entries that wait, and operations that left none. */
  counters(): { readonly pending: number; readonly lost: number };
  /**
   * Writes what waits, signs the ends and says in the management chain where this one ends.
   * Idempotent.
   * @throws `ERR_AUDIT_UNAVAILABLE`, `ERR_AUDIT_BROKEN`: entries were lost.
   */
  close(): Promise<void>;
}
