import type { AuditTable, ColumnValue, ControlTable, KeyTable } from './record-schema.ts';

/** One stored row: its columns and the MAC over them. */
export interface StoredRow<Table extends string = string> {
  readonly table: Table;
  readonly columns: Readonly<Record<string, ColumnValue>>;
  readonly rowMac: Uint8Array;
}

export type ControlRow = StoredRow<ControlTable>;
export type KeyRow = StoredRow<KeyTable>;
/** An entry of the audit trail. */
export type AuditRow = StoredRow<Extract<AuditTable, 'audit_entry'>>;
/** A signed statement about one entry, and by its hash about all before it. */
export type CheckpointRow = StoredRow<Extract<AuditTable, 'audit_checkpoint'>>;

/** The head row: one per store. */
export interface StoreHead {
  readonly epoch: bigint;
  /** SHA-256 of the sorted row MACs of all control rows, 32 bytes. */
  readonly digest: Uint8Array;
  /** 32 bytes. */
  readonly mac: Uint8Array;
}

/** Everything that the head covers, read in one consistent snapshot. */
export interface ControlState {
  readonly head: StoreHead;
  readonly rows: readonly ControlRow[];
}

/** A control change: applied whole, with its new head, or not at all. */
export interface ControlChange {
  /** Epoch that the change was computed from; `null` creates the store's first head. */
  readonly expectedEpoch: bigint | null;
  readonly put: readonly ControlRow[];
  readonly remove: readonly ControlRow[];
  readonly head: StoreHead;
  /** Entries about this change: written with it, or neither is. */
  readonly audit?: readonly AuditRow[];
}

/** A piece of one audit chain, in the order of its sequence numbers. */
export interface AuditPage {
  readonly chain: string;
  /** Sequence number to start behind; 0 for the beginning. */
  readonly after: bigint;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Which key rows to read: by id, or the active one of a key and scope. */
export type KeySelector =
  | { readonly table: KeyTable; readonly id: Uint8Array }
  | {
      readonly table: KeyTable;
      readonly keyId: string;
      /** Canonical scope bytes, see `scopeBytes`. */
      readonly scope: Uint8Array;
      readonly state: 'ACTIVE';
    };

/** A new active key row, and the row (if any) that stops being the active one for its scope. */
export interface KeyInsert {
  readonly row: KeyRow;
  /** The former active row in its new state, guarded by the MAC that was read. */
  readonly demote?: { readonly row: KeyRow; readonly expectedMac: Uint8Array };
}

/**
 * Where keys are kept. A store is a dumb, durable table: it checks no MAC and interprets no
 * column. Writes are durable when the promise resolves.
 *
 * Failure contract, for every method: an unreachable or timed-out database is
 * `ERR_STORE_UNAVAILABLE` (retryable); a missing or too old schema is `ERR_STORE_SCHEMA`; nothing
 * is half written. A store never runs inside a transaction of the application and never waits for
 * a connection that the application holds.
 */
export interface KeyStore {
  /** Reads head and control rows in one snapshot; `null` when the store was never initialised. */
  readControl(): Promise<ControlState | null>;
  /** Reads the epoch alone: the cheap poll. `null` when never initialised. */
  readEpoch(): Promise<bigint | null>;
  /**
   * Applies a change if the stored epoch is still `expectedEpoch`.
   * @returns `false`, with nothing written, when another writer was first.
   * @throws `ERR_STORE_CONFLICT`, with nothing written, when a sequence number of `audit` is taken.
   */
  writeControl(change: ControlChange): Promise<boolean>;
  /**
   * Reads key rows in one round trip. Rows that do not exist are absent from the answer.
   * @param selectors - 1 to 1,000 of them.
   */
  readKeys(selectors: readonly KeySelector[]): Promise<readonly KeyRow[]>;
  /**
   * Inserts active key rows, each unless its (table, key_id, scope) already has an active row
   * (other than the one it demotes), or the demoted row's MAC has changed.
   * @returns for each insert the row that is active now: the given one, or the winner's.
   */
  insertKeys(inserts: readonly KeyInsert[]): Promise<readonly KeyRow[]>;
  /**
   * Adds entries to audit chains: all of them or none. There is no way to change or remove one.
   * @throws `ERR_STORE_CONFLICT`, with nothing written, when a sequence number is taken.
   */
  appendAudit(rows: readonly AuditRow[]): Promise<void>;
  readAudit(page: AuditPage): Promise<readonly AuditRow[]>;
  /** The newest entry of a chain; `null` when it has none. */
  readAuditHead(chain: string): Promise<AuditRow | null>;
  /**
   * The newest entry of each chain, by the name of the chain.
   * @param page - `after`: the name to start behind, empty for the beginning; `limit`: 1 to 1,000.
   */
  readAuditHeads(page: {
    readonly after: string;
    readonly limit: number;
  }): Promise<readonly AuditRow[]>;
  /** @returns `false`, with nothing written, when there is one of the same entry. */
  writeCheckpoint(row: CheckpointRow): Promise<boolean>;
  readCheckpoints(page: AuditPage): Promise<readonly CheckpointRow[]>;
  /** Calls `hint` when something may have changed: a hint to poll, never an authority. */
  watch(hint: () => void): () => void;
  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
