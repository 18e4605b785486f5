import type { FieldCipher } from '../cell/field-cipher.ts';
import type { ValueType } from '../cell/value-type.ts';
import type { Suite } from '../cipher/suite.ts';
import type { FieldPhase } from '../keys/field-phase.ts';
import type { IndexState } from '../keys/index-state.ts';
import type { Observer } from '../observe/observer.ts';
import type { StoredPhase } from './stored-phase.ts';

/** Whose data a key covers; the environment is the keyring's. */
export interface Scope {
  readonly tenant?: string;
  readonly subject?: string;
}

/** What a field cipher is made for: everything that is constant over the rows of one scope. */
export interface CipherSpec {
  /** Field id. */
  readonly fieldId: string;
  readonly type: ValueType;
  readonly bound: boolean;
  readonly pad?: number;
  readonly maxBytes?: number;
}

/** What one call needs of the key hierarchy. */
export interface KeyRequest {
  /** For audit and counters, such as `Customer.findMany`. */
  readonly operation: string;
  /** The adapter through which it comes, such as `prisma`; conditions of policies ask for it. */
  readonly via?: string;
  /** Active data keys to seal under. */
  readonly seal?: readonly { readonly alias: string; readonly scope: Scope }[];
  /** Ids of data keys to open under: 16 bytes each as latin1 text. */
  readonly open?: Iterable<string>;
  /** Index keys to make tokens with. */
  readonly index?: readonly WantedIndexKey[];
  /**
   * Values are written, in a phase that keeps them as plaintext too: for no longer than keys seal without
   * their store, since another phase may have begun that nobody here has heard of.
   */
  readonly writes?: boolean;
}

/** Which index key of an alias is meant. */
export interface WantedIndexKey {
  readonly alias: string;
  readonly tenant?: string;
  /** 1 when absent. */
  readonly generation?: number;
}

/**
 * A data key for as long as its lease is held: its bytes are not zeroed before `release`.
 * The bytes themselves never leave the keyring.
 */
export interface LeasedDataKey {
  /** 16 bytes as latin1 text. */
  readonly id: string;
  readonly scope: Scope;
  /** The cipher of one field under this key; made once, then cached with the key. */
  cipher(spec: CipherSpec, suite: Suite): FieldCipher;
}

export interface LeasedIndexKey {
  /**
   * HMAC-SHA-256 under the token key of one index (FORMAT.md section 6); made once, then cached.
   * The function returns 32 bytes, valid until its next call.
   */
  tokenMac(spec: {
    readonly indexId: string;
    readonly kind: string;
    readonly normalizer: string;
    readonly params: Uint8Array;
    readonly tenant?: string;
  }): (message: Uint8Array) => Uint8Array;
}

export interface KeyLease {
  /** @throws `ERR_INTERNAL` when the pair was not in the request. */
  sealing(alias: string, scope: Scope): LeasedDataKey;
  /** `undefined` when no such data key exists: the cell is to be rejected. */
  opening(id: string): LeasedDataKey | undefined;
  /** @param generation - 1 when absent. */
  index(alias: string, tenant: string | undefined, generation?: number): LeasedIndexKey;
  /** Gives the keys back. Idempotent. */
  release(): void;
}

/** One field or index as it was first registered; see the `registry` table in record-schema.ts. */
export interface RegistryEntry {
  /** Field id or index id. */
  readonly id: string;
  readonly kind: 'field' | 'index';
  /** The id itself for a field, the sealed field's id for an index. */
  readonly fieldId: string;
  readonly table: string;
  readonly column: string;
  /** Value type of a field; kind of an index, such as `equality` or `last4`. */
  readonly type: string;
  /** `row` or `field`; `null` for an index. */
  readonly bind: string | null;
  /** `name@version`; `null` for a field. */
  readonly normalizer: string | null;
  /** Context bytes of the parameters; `null` for a field. */
  readonly params: Uint8Array | null;
  /** Phase that a field starts in when it is new to the store; never read back. */
  readonly startsIn?: FieldPhase;
  /** Of a field, what its cells are sealed under; may become another one, so it is never read back. */
  readonly key?: string;
}

/** The only way to key material: validates, authorises, checks state, then loads. */
export interface KeyDoor {
  readonly environment: string;
  readonly defaultSuite: Suite;
  /** Is told what is done with the keys. */
  readonly observer: Observer;
  /** What is registered, as of the last verified read of the store. */
  registered(): readonly RegistryEntry[];
  /**
   * Adds the entries that are not registered yet, in one control change. An entry whose table or
   * column was renamed is brought up to date; nothing else of it may ever change. The phase of a
   * field that is there already stays what it is.
   * @throws `ERR_MANIFEST_MISMATCH` when a registered entry differs, `ERR_STORE_CONFLICT`
   */
  register(entries: readonly RegistryEntry[]): Promise<void>;
  /**
   * The ids of entries that are not registered yet; nothing is written.
   * @throws `ERR_MANIFEST_MISMATCH` when a registered entry differs
   */
  unregistered(entries: readonly RegistryEntry[]): readonly string[];
  /** As of the last verified read of the store; `undefined` for a field that it does not know. */
  phaseOf(fieldId: string): StoredPhase | undefined;
  /** As of the last verified read of the store; `undefined` for an index that it does not know. */
  indexStateOf(indexId: string): IndexState | undefined;
  /**
   * Generations of the index key that rows may have tokens of, the older one first: one, or two that
   * follow each other while the index rotates.
   */
  indexGenerationsOf(indexId: string): readonly number[];
  /** Ids of the indexes of a field that whoever writes it has to know. */
  requiredIndexesOf(fieldId: string): readonly string[];
  /** Counts values of a field that were read as plaintext. */
  countPlaintext(fieldId: string, values: number): void;
  /**
   * Loads every key that a call needs, in one batch. When all of them are cached nothing but a
   * microtask is waited for.
   * @throws `ERR_STORE_UNAVAILABLE`, `ERR_KEY_NOT_FOUND`, `ERR_KEY_DISABLED`, `ERR_KEY_DESTROYED`,
   * `ERR_KEYRING_CLOSED`
   */
  lease(request: KeyRequest): Promise<KeyLease>;
}
