import type { AuditTable, ColumnValue, ControlTable, KeyTable } from './record-schema.ts';

/** One stored row: its columns and the MAC over them. */
export interface StoredRow<Table extends string = string> {
  readonly table: Table;
  readonly columns: Readonly<Record<string, ColumnValue>>;
  readonly rowMac: Uint8Array;
}

export type ControlRow = StoredRow<ControlTable>;
export type KeyRow = StoredRow<KeyTable>;
export type DataKeyRow = StoredRow<Extract<KeyTable, 'data_key'>>;
export type IndexKeyRow = StoredRow<Extract<KeyTable, 'index_key'>>;
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
  /** Rows in a new form, or new ones. */
  readonly put: readonly ControlRow[];
  /** Rows that are not there yet: when one is, nothing of the change is written. */
  readonly add?: readonly ControlRow[];
  readonly remove: readonly ControlRow[];
  readonly head: StoreHead;
  /** New index keys, whose register is among `put`: written with the change, or neither is. */
  readonly indexKeys?: readonly IndexKeyRow[];
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

/** Which key rows to read: by id, the active data key of a key and scope, or a range of index keys. */
export type KeySelector =
  | { readonly table: KeyTable; readonly id: Uint8Array }
  | {
      readonly table: 'data_key';
      readonly keyId: string;
      /** Canonical scope bytes, see `scopeBytes`. */
      readonly scope: Uint8Array;
      readonly state: 'ACTIVE';
    }
  | {
      readonly table: 'index_key';
      readonly keyId: string;
      /** First and last of their places. */
      readonly from: number;
      readonly to: number;
    };

/** A new active data key, and the row (if any) that stops being the active one for its scope. */
export interface KeyInsert {
  readonly row: DataKeyRow;
  /** The former active row in its new state, guarded by the MAC that was read. */
  readonly demote?: { readonly row: DataKeyRow; readonly expectedMac: Uint8Array };
}

/** Key rows of one tenant or subject, or of one version of a key, by their ids. */
export type KeyPage = KeyPagePlace &
  (
    | KeysOfScope
    | {
        /** uuid. */
        readonly keyId: string;
        /** Under which they are wrapped. */
        readonly keyVersion: number;
      }
  );

interface KeysOfScope {
  /** `null`: rows that are of no tenant. */
  readonly tenant: string | null;
  /** Data keys of this subject only; absent: of everybody. */
  readonly subject?: string;
}

interface KeyPagePlace {
  readonly table: KeyTable;
  /** Id to start behind; `null` for the beginning. */
  readonly after: Uint8Array | null;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** A key row in a new form, guarded by the MAC that was read. */
export interface KeyReplacement {
  readonly row: KeyRow;
  readonly expectedMac: Uint8Array;
}

/**
 * Where keys are kept. A store is a dumb, durable table: it checks no MAC and interprets no
 * column. Writes are durable when the promise resolves.
 *
 * Failure contract, for every method: an unreachable or timed-out database is
 * `ERR_STORE_UNAVAILABLE` (retryable); a missing, too old or too new schema is `ERR_STORE_SCHEMA`; nothing
 * is half written. A store never runs inside a transaction of the application and never waits for
 * a connection that the application holds.
 */
export interface KeyStore {
  /** Reads head and control rows in one snapshot; `null` when the store was never initialised. */
  readControl(): Promise<ControlState | null>;
  /** Reads the head alone: the cheap poll. `null` when never initialised. */
  readHead(): Promise<StoreHead | null>;
  /** The epoch of the head. */
  readEpoch(): Promise<bigint | null>;
  /**
   * Applies a change if the stored epoch is still `expectedEpoch`.
   * @returns `false`, with nothing written, when another writer was first.
   * @throws `ERR_STORE_CONFLICT`, with nothing written, when a sequence number of `audit` is taken, or
   * a row of `add` is there, or the id, or the key, scope and generation, of one of `indexKeys`.
   */
  writeControl(change: ControlChange): Promise<boolean>;
  /**
   * Runs `work` while nobody else, in any process, runs what they gave here for one of these keys. The
   * first of three guards of a rotation; the others are the epoch and the new rows of a change.
   * It ends with `work` or with the process. `work` may call the store, but not this again.
   * @param keyIds - uuids, 1 or more.
   * @returns what `work` came to
   * @throws `ERR_STORE_UNAVAILABLE`, with `work` not begun, when others keep it for too long.
   */
  withRotationLock<T>(keyIds: readonly string[], work: () => Promise<T>): Promise<T>;
  /**
   * Reads key rows in one round trip. Rows that do not exist are absent from the answer.
   * @param selectors - 1 to 1,000 of them.
   */
  readKeys(selectors: readonly KeySelector[]): Promise<readonly KeyRow[]>;
  /**
   * Inserts active data keys, each unless its (key_id, scope) already has an active row
   * (other than the one it demotes), or the demoted row's MAC has changed.
   * @returns for each insert the row that is active now: the given one, or the winner's.
   */
  insertKeys(inserts: readonly KeyInsert[]): Promise<readonly KeyRow[]>;
  /** Rows of a tenant or subject, or of a key version, in any state, in the order of their ids' bytes. */
  listKeys(page: KeyPage): Promise<readonly KeyRow[]>;
  /**
   * Writes rows in a new form, each unless its MAC has changed meanwhile. No row becomes active by
   * it. Rewriting a wrap takes the right to manage keys.
   * @returns how many were written.
   */
  replaceKeys(replacements: readonly KeyReplacement[]): Promise<number>;
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
  /**
   * The newest entry, by its end, of a key and these actions with the outcome `Success`; `null` when
   * there is none. The length of the trail is of no matter to its cost.
   */
  readLastUse(use: {
    readonly keyId: string;
    readonly actions: readonly string[];
  }): Promise<AuditRow | null>;
  /** @returns `false`, with nothing written, when there is one of the same entry. */
  writeCheckpoint(row: CheckpointRow): Promise<boolean>;
  readCheckpoints(page: AuditPage): Promise<readonly CheckpointRow[]>;
  /**
   * What the store takes the time for: microseconds since 1970. `null` when it has no clock but that of
   * this process. Asked before what cannot be undone.
   */
  readTime(): Promise<bigint | null>;
  /** Calls `hint` when something may have changed: a hint to poll, never an authority. */
  watch(hint: () => void): () => void;
  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
