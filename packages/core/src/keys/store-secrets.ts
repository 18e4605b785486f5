import type { AuditKeys } from './audit-keys.ts';
import type { ControlState, StoredRow, StoreHead } from './key-store.ts';
import type { ColumnValue } from './record-schema.ts';

/**
 * What the store key is good for, without the store key. Once destroyed every method throws
 * `ERR_KEYRING_CLOSED`.
 */
export interface StoreSecrets {
  /** `fsp1.` and 27 characters: public, names this store. */
  readonly pin: string;
  /** The keys of the audit trail. */
  readonly audit: AuditKeys;
  /** A row with its MAC. */
  sealRow<Table extends string>(
    table: Table,
    columns: Readonly<Record<string, ColumnValue>>,
  ): StoredRow<Table>;
  verifyRow(row: StoredRow): boolean;
  /** The head over all control rows of an epoch. */
  sealHead(epoch: bigint, rows: readonly StoredRow[]): StoreHead;
  verifyHead(state: ControlState): boolean;
  /** Wipes the keys. */
  destroy(): void;
}
