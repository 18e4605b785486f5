import type { ColumnValue, ControlTable, KeyTable } from './record-schema.ts';

/** One stored row: its columns and the MAC over them. */
export interface StoredRow<Table extends string = string> {
  readonly table: Table;
  readonly columns: Readonly<Record<string, ColumnValue>>;
  readonly rowMac: Uint8Array;
}

export type ControlRow = StoredRow<ControlTable>;
export type KeyRow = StoredRow<KeyTable>;

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
  /** Calls `hint` when something may have changed: a hint to poll, never an authority. */
  watch(hint: () => void): () => void;
  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
