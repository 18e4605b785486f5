import type { KeyCacheCounters } from '../cache/key-cache.ts';
import type { Suite } from '../cipher/suite.ts';
import type { FieldPhase } from '../keys/field-phase.ts';
import type { KeyringAudit } from './keyring-audit.ts';
import type { Kms } from './kms/create-kms.ts';
import type { DueReport } from './kms/maintenance.ts';
import type { MaintenanceOptions } from './kms/upkeep.ts';

/** One key, without its material. */
export interface KeyDescription {
  /** uuid. */
  readonly keyId: string;
  readonly aliases: readonly string[];
  /** `CUSTOMER`, or `SERVICE` for a key that was made on first use. */
  readonly owner: string;
  /** As in AWS KMS: `Enabled`, `Disabled`, `PendingDeletion` ... */
  readonly state: string;
  readonly description: string | null;
  readonly createdAt: Date;
  /** `PRIMARY` wraps new data keys; `DECRYPT_ONLY` still unwraps. Oldest first. */
  readonly versions: readonly { readonly version: number; readonly state: string }[];
}

/** One way to the root key. */
export interface SlotDescription {
  /** uuid. */
  readonly id: string;
  /** Of the root, such as `dev-file`. */
  readonly kind: string;
  readonly label: string | null;
  readonly rootGeneration: number;
}

export interface KeyringCounters {
  /** Such as `node:crypto + sodium-native`. */
  readonly engine: string;
  readonly defaultSuite: Suite;
  /** Unwrapped data keys and index keys. */
  readonly cache: KeyCacheCounters;
  /** Entries of the audit trail that wait to be written, and operations that left none. */
  readonly audit: { readonly pending: number; readonly lost: number };
  /** By field id: values that were read as plaintext, in fields that are not sealed yet. */
  readonly plaintextRead: Readonly<Record<string, number>>;
}

/**
 * The keys of one environment, opened. Adapters take it; nothing of it shows key material.
 *
 * @example
 * ```ts
 * import { openKeyring } from '@fieldseal/core';
 * import { devFileRoot } from '@fieldseal/core/node';
 * import { postgresStore } from '@fieldseal/store-postgres';
 *
 * const keyring = await openKeyring({
 *   store: postgresStore('postgresql://localhost/app'),
 *   roots: [devFileRoot()],
 *   environment: 'dev',
 *   development: true,
 * });
 * const { keyId } = await keyring.createKey({ description: 'Identity documents' });
 * await keyring.createAlias('alias/kyc', keyId);
 * await keyring.rotateKey('alias/kyc');
 * await keyring.close();
 * ```
 */
export interface Keyring {
  readonly environment: string;
  /** `fsp1.` and 27 characters: names this store. Public. */
  readonly pin: string;
  /** The key service: everything that can be done with keys, by its name in AWS KMS. */
  readonly kms: Kms;
  /** The trail of everything that was done with keys. */
  readonly audit: KeyringAudit;
  /**
   * Runs `work` in the name of somebody: policies, grants and the audit trail know them by it.
   * @param principal - 1 to 256 of `A-Z a-z 0-9 _ . : @ / + = , -`, such as `user/asha`.
   * @returns what `work` returns, awaited inside.
   * @throws `ERR_CONFIG_INVALID`, `ERR_ENGINE_UNAVAILABLE` where the platform has no
   * AsyncLocalStorage
   */
  as<T>(principal: string, work: () => T | PromiseLike<T>): Promise<T>;
  /**
   * Does what is due, once: lets new versions take over, rotates keys, ends material and keys that
   * had their time. For cron; safe with any number of processes. Ending takes the role
   * `fieldseal_admin`.
   */
  runDue(): Promise<DueReport>;
  /**
   * Does it by itself, now and every hour, until the keyring closes.
   * @returns what stops it
   */
  startMaintenance(options?: MaintenanceOptions): () => void;
  /**
   * Makes a key with one version.
   * @throws `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`, `ERR_CONFIG_INVALID`
   */
  createKey(options?: { readonly description?: string }): Promise<{ readonly keyId: string }>;
  /**
   * Names a key. Annotations refer to keys by alias.
   * @param alias - `alias/` and 1 to 250 of `A-Z a-z 0-9 / _ -`; not `alias/fieldseal/...`.
   * @throws `ERR_ALIAS_INVALID`, `ERR_ALIAS_EXISTS`, `ERR_KEY_NOT_FOUND`
   */
  createAlias(alias: string, keyId: string): Promise<void>;
  /**
   * Adds a version that wraps from now on. What is sealed stays as it is and keeps opening; each
   * scope gets a new data key with its next write, in other processes within 10 s.
   * @throws `ERR_KEY_NOT_FOUND`, `ERR_KEY_DISABLED`, `ERR_KEY_DESTROYED`
   */
  rotateKey(aliasOrKeyId: string): Promise<{ readonly keyId: string; readonly version: number }>;
  /** All keys, oldest first, as of the last look at the store. */
  listKeys(): readonly KeyDescription[];
  /** The slots of the root key, one for each root that can open it. */
  listSlots(): readonly SlotDescription[];
  /** Phase of a field as of the last look at the store; `undefined` when nobody registered it. */
  phaseOf(fieldId: string): FieldPhase | undefined;
  /**
   * Moves a field one step on its way to cells, or back: `plain`, `migrating`, `sealed`, `leaving`,
   * `plain`. Other processes learn of it within 10 s. A change of management: the database user
   * has to be of the role `fieldseal_admin`.
   * @throws `ERR_PHASE_CHANGE` where a step would be left out, `ERR_FIELD_UNKNOWN`,
   * `ERR_CONFIG_INVALID`, `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`
   */
  setPhase(fieldId: string, phase: FieldPhase): Promise<void>;
  counters(): KeyringCounters;
  /** To be called after a restore of the process or the machine from a snapshot. */
  onRestore(): void;
  /** Wipes all keys and closes the store. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
