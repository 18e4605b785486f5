import type { KeyCacheCounters } from '../cache/cached-keys.ts';
import type { Suite } from '../cipher/suite.ts';
import type { FieldPhase } from '../keys/field-phase.ts';
import type { IndexState } from '../keys/index-state.ts';
import type { AccessPrincipal } from '../policy/access-request.ts';
import type { AddedSlot, AddSlotRequest } from './add-slot.ts';
import type { DataKeyDescription } from './data-key-book.ts';
import type { SlotDescription } from './describe-slot.ts';
import type { SlotBackup } from './export-slots.ts';
import type { JobRight } from './job-right.ts';
import type { KeyringAudit } from './keyring-audit.ts';
import type { KeyringHealth } from './keyring-health.ts';
import type { Kms } from './kms/create-kms.ts';
import type { DueReport } from './kms/maintenance.ts';
import type { MaintenanceOptions } from './kms/upkeep.ts';
import type { RemovedSlot, RemoveSlotRequest } from './remove-slot.ts';
import type { RewrapPage, RewrapRequest } from './rewrap-data-keys.ts';
import type { RewrapRootKeyRequest } from './rewrap-root-key.ts';
import type { RootKeyRotation } from './root-rotation.ts';
import type { RotateRootKeyRequest } from './root-rotation-steps.ts';
import type { TestSlotRequest } from './test-slot.ts';

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
  /**
   * `PRIMARY` wraps new data keys; `DECRYPT_ONLY` still unwraps. Oldest first. `deletionAt` is there
   * while a version is on its way to its end.
   */
  readonly versions: readonly {
    readonly version: number;
    readonly state: string;
    readonly deletionAt?: Date;
  }[];
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
   * @param principal - 1 to 256 of `A-Z a-z 0-9 _ . : @ / + = , -`, such as `user/asha`; or such an `id`
   * with `tags`, up to 50, which conditions on `aws:PrincipalTag/<name>` ask for.
   * @returns what `work` returns, awaited inside.
   * @throws `ERR_CONFIG_INVALID`, `ERR_ENGINE_UNAVAILABLE` where the platform has no
   * AsyncLocalStorage
   */
  as<T>(principal: string | AccessPrincipal, work: () => T | PromiseLike<T>): Promise<T>;
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
  /**
   * All keys, oldest first, as of the last look at the store. Takes the right to `ListKeys`.
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`
   */
  listKeys(): readonly KeyDescription[];
  /**
   * Holds a job to the right that it takes, and says in the audit trail that it was asked: `StartReEncrypt`
   * before cells are moved, `CountLiveCells` before they are counted. `reEncrypt`, `rebindRows` and
   * `coverage` of `@fieldseal/jobs` ask it.
   * @param keys - Ids or aliases of keys; an alias that names none yet is passed over.
   * @throws `ERR_REQUEST_INVALID`, `ERR_KEY_NOT_FOUND`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`,
   * `ERR_AUDIT_UNAVAILABLE`
   */
  authoriseJob(right: JobRight, keys: readonly string[]): void;
  /**
   * What the store has of these data keys: the key and version that each is wrapped under, its state
   * and when it was made. Takes the right to `DescribeKey` on each of the keys. Ids that the store does
   * not have are absent from the answer.
   * @param ids - As `describeCell` gives them: 32 hexadecimal digits.
   * @throws `ERR_REQUEST_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`,
   * `ERR_STORE_INTEGRITY`, `ERR_STORE_UNAVAILABLE`
   */
  describeDataKeys(ids: readonly string[]): Promise<readonly DataKeyDescription[]>;
  /**
   * Wraps a page of data keys and index keys that are stored under older versions of a key anew under
   * its primary one. No cell changes, and each opens as before; a data key that sealed until the rotation
   * seals no more. Each row is written unless somebody changed it meanwhile: safe with any number of
   * processes. Takes the right to `RewrapDataKeys` on the key, and the role `fieldseal_admin`.
   * `rewrapDataKeys` of `@fieldseal/jobs` does all pages.
   * @throws `ERR_REQUEST_INVALID`, `ERR_KEY_NOT_FOUND`, `ERR_ACCESS_DENIED`, `ERR_KEY_DISABLED`,
   * `ERR_KEY_STATE`, `ERR_STORE_INTEGRITY`, `ERR_STORE_UNAVAILABLE`
   */
  rewrapDataKeys(request: RewrapRequest): Promise<RewrapPage>;
  /**
   * Begins to replace the root key: makes another one, seals it with every root of this keyring, and
   * opens each new slot once. Every slot that there is has to belong to one of the roots here, or be left
   * out, which takes two where there are approvers. Nothing is under the new root key yet;
   * `rewrapRootKey` does the rest. Takes the right to
   * `RotateRootKey`, and the role `fieldseal_admin`.
   * @throws `ERR_ROTATION_CONFLICT` while one is under way, `ERR_ROOT_UNAVAILABLE` for a slot that no
   * root here can seal anew, `ERR_SLOT_REQUIRED` when the last one for recovery would be left out, `ERR_REQUEST_INVALID`, `ERR_APPROVAL_REQUIRED`, `ERR_ACCESS_DENIED`
   */
  rotateRootKey(request?: RotateRootKeyRequest): Promise<RootKeyRotation>;
  /**
   * Takes the rotation of the root key one step further, with the application running: when all processes
   * can have opened the new one, the store key is wrapped under it, then versions of keys, a page each
   * call; at last the old slots go. Each step is one change of the store, so it goes on where it was
   * after a kill, in any process. `rotateRootKey` of `@fieldseal/jobs` does all steps.
   * @throws `ERR_ROTATION_CONFLICT`, `ERR_ROOT_UNAVAILABLE`, `ERR_STORE_INTEGRITY`, `ERR_REQUEST_INVALID`, `ERR_ACCESS_DENIED`
   */
  rewrapRootKey(request?: RewrapRootKeyRequest): Promise<RootKeyRotation>;
  /**
   * Every tombstone of the store as a line of text, to be kept where a restore of the database does not
   * reach it, for `acceptRestoredStore`. A line of somebody who was shredded names them: it takes the
   * right to `Shred` on every key, and leaves an entry in the audit trail.
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_AUDIT_UNAVAILABLE`
   */
  exportTombstones(): readonly string[];
  /**
   * Every slot as a line of text, to be kept where the database is not: `slotsFrom` opens a store with them
   * that has lost its own. What is in a line is of use to nobody without the root that sealed it. To be exported
   * anew after each change of slots, tests included. Takes the right to `ExportSlots`, and leaves an entry in the audit trail.
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_AUDIT_UNAVAILABLE`
   */
  exportSlots(): readonly string[];
  /** Whether `slotsFrom` has the slots as they are, as of the last look at the store. */
  slotBackup(): SlotBackup;
  /** The slots of the root key, one for each root that can open it. */
  listSlots(): readonly SlotDescription[];
  /**
   * Seals the root key with one more root, and opens the new slot once. A root of this keyring has to give the
   * root key for it. A root that has a slot gets no second one. Takes the right to `AddSlot`, and the role
   * `fieldseal_admin`; give the root to all keyrings that are to open the store by it.
   * @throws `ERR_ROOT_UNAVAILABLE`, `ERR_ROTATION_CONFLICT`, `ERR_CONFIG_INVALID` for what is no root or one
   * for development only, `ERR_REQUEST_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`,
   * `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`
   */
  addSlot(request: AddSlotRequest): Promise<AddedSlot>;
  /**
   * Takes a slot out of the store. That revokes nothing: a backup holds the slot, and the root key in it is
   * the one in use; where somebody may have both, `rotateRootKey` with `leaveOut` is what helps. Neither the last slot
   * nor the last one for recovery goes. Takes the right to `RemoveSlot`, the role `fieldseal_admin`, and
   * where there are approvers the signature of one (`proposeChange`).
   * @throws `ERR_SLOT_REQUIRED`, `ERR_REQUEST_INVALID`, `ERR_ROTATION_CONFLICT`, `ERR_APPROVAL_REQUIRED`,
   * `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`
   */
  removeSlot(request: RemoveSlotRequest): Promise<RemovedSlot>;
  /**
   * Opens a slot as a start of the application would, and keeps in it when that was: a slot that nobody has
   * opened for half a year may be one that nobody can. Takes the right to `TestSlot`, and the role `fieldseal_admin`.
   * @throws `ERR_WRONG_ROOT` when none of the roots opens it, `ERR_ROOT_UNAVAILABLE`, `ERR_REQUEST_INVALID`,
   * `ERR_CONFIG_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`
   */
  testSlot(request: TestSlotRequest): Promise<SlotDescription>;
  /** Phase of a field as of the last look at the store; `undefined` when nobody registered it. */
  phaseOf(fieldId: string): FieldPhase | undefined;
  /**
   * Moves a field one step on its way to cells, or back: `plain`, `migrating`, `sealed`, `leaving`,
   * `plain`. Other processes learn of it within 10 s. Takes the right to `SetPhase` on the key of the
   * field, the role `fieldseal_admin`, and for a step that lets more plaintext through the signature of
   * an approver where there are any (`proposeChange`).
   * @throws `ERR_PHASE_CHANGE` where a step would be left out, `ERR_FIELD_UNKNOWN`,
   * `ERR_CONFIG_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_APPROVAL_REQUIRED`,
   * `ERR_AUDIT_UNAVAILABLE`, `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`
   */
  setPhase(fieldId: string, phase: FieldPhase): Promise<void>;
  /** State of an index as of the last look at the store; `undefined` when nobody registered it. */
  indexStateOf(indexId: string): IndexState | undefined;
  /**
   * Ids of the indexes of a field whose tokens are in use as of the last look at the store, whether a manifest
   * has them or not: all that were registered, but those that are `building`.
   */
  indexesOf(fieldId: string): readonly string[];
  /**
   * Moves an index to its next state: `building`, `closing`, `ready`, which is what `buildIndex` of
   * `@fieldseal/jobs` does; `rotating` and `ready` again, which is what `rotateIndex` does, and only with
   * the trigger that it gives the table. Back to `building` before its annotation is removed, so that it is not
   * believed should it come back. Other processes learn of it within 10 s. Takes the right to
   * `SetIndexState` on the key of the field, and the role `fieldseal_admin`.
   * @throws `ERR_PHASE_CHANGE` where a step would be left out, `ERR_FIELD_UNKNOWN`,
   * `ERR_CONFIG_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_AUDIT_UNAVAILABLE`,
   * `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`
   */
  setIndexState(indexId: string, state: IndexState): Promise<void>;
  counters(): KeyringCounters;
  /**
   * Whether the key store answers, and what goes on when it does not; asks nobody.
   *
   * @example
   * ```ts
   * const { live, status } = keyring.health();
   * console.log({ liveness: live, readiness: status !== 'failing' });
   * ```
   */
  health(): KeyringHealth;
  /** To be called after a restore of the process or the machine from a snapshot. */
  onRestore(): void;
  /** Wipes all keys and closes the store. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
