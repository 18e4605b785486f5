import { defaultEngine, defaultRandom } from '#engine';
import { createObserver } from '#observer';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { ACCEPT_ACTION } from '../audit/management-findings.ts';
import { latin1 } from '../bytes/latin1.ts';
import { systemClock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { columnsOf, integrityError } from '../keys/columns.ts';
import { type ControlSnapshot, controlRowName } from '../keys/control-snapshot.ts';
import type { ControlRow } from '../keys/key-store.ts';
import { SHREDDED, SHREDDING } from '../keys/shredded-scopes.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { readTombstoneLine } from '../keys/tombstone-line.ts';
import { buriedVersions } from '../keys/version-tombstone.ts';
import { keyIdBytes } from '../keys/wrap-context.ts';
import { createKeyringParts, type KeyringParts } from './create-keyring-parts.ts';
import { seenEpoch } from './epoch-memory.ts';
import { checkKeyringOptions, type KeyringOptions } from './keyring-options.ts';
import { decisionName } from './kms/kms-parts.ts';
import { invalidRequest } from './kms/request.ts';
import { liftedEpoch } from './kms/restore-step.ts';
import type { Primitives } from './primitives.ts';
import {
  type ProposedRestore,
  type RestoreApproval,
  type RestoreFacts,
  requireRestoreApproval,
  restoreStatement,
} from './restore-approval.ts';
import { storeWithSlots } from './store-with-slots.ts';
import { unlockStore } from './unlock-store.ts';

export interface AcceptRestoreOptions extends KeyringOptions {
  /** The highest epoch that anybody saw of the store, where no anchor of this host knows it. */
  readonly above?: bigint;
  /** Lines of `keyring.exportTombstones`, from as late as there are. */
  readonly tombstones?: readonly string[];
  /** Where there are approvers: that one of them signed what `proposeRestore` gave for the same options. */
  readonly approval?: RestoreApproval;
}

/** What was accepted. */
export interface AcceptedRestore {
  readonly pin: string;
  /** Of the store as it was restored. */
  readonly restoredEpoch: bigint;
  /** Which all processes and hosts accept again: above all that they saw. */
  readonly epoch: bigint;
  /** Tombstones that the restored store did not have. */
  readonly tombstones: number;
  /**
   * What these end although the backup has it: keys as `<key id>`, versions as `<key id>/<version>`. Cells
   * that were restored with it, and index keys, are lost where they are under it.
   */
  readonly ended: readonly string[];
}

/**
 * The tombstones that are missing, as rows. What was erased once came back with the backup, so it is to
 * be erased again.
 * @throws `ERR_STORE_INTEGRITY` for a line that is not of this store
 */
function missingTombstones(
  { rows }: ControlSnapshot,
  secrets: StoreSecrets,
  lines: readonly string[],
): readonly ControlRow[] {
  const there = new Set(rows.map(controlRowName));
  const missing = new Map<string, ControlRow>();
  for (const line of lines) {
    const row = readTombstoneLine(line);
    if (!secrets.verifyRow(row)) throw integrityError('A tombstone was altered', 'tombstone');
    const isErased = columnsOf(row).text('kind') === SHREDDED;
    const columns = { ...row.columns, kind: SHREDDING };
    const name = controlRowName(row);
    if (!there.has(name)) missing.set(name, isErased ? secrets.sealRow('tombstone', columns) : row);
  }
  return [...missing.values()];
}

/** Keys and versions with material that tombstones end. */
function endedBy(tombstones: readonly ControlRow[], { keys }: ControlSnapshot): readonly string[] {
  const ids = new Set(tombstones.map((row) => latin1(columnsOf(row).bytes('id'))));
  return [...keys.values()]
    .filter(({ state }) => state !== 'Destroyed')
    .flatMap(({ id, versions }) => {
      if (ids.has(latin1(keyIdBytes(id)))) return [id];
      return buriedVersions(ids, id)
        .filter((number) => (versions.get(number)?.state ?? 'DESTROYED') !== 'DESTROYED')
        .map((number) => `${id}/${number}`);
    });
}

/** @throws `ERR_WRONG_ROOT` when the anchor is of another store */
async function knownEpoch(
  { anchor, above = 0n }: AcceptRestoreOptions,
  pin: string,
  trail: Pick<AuditTrail, 'newestEpoch'>,
): Promise<bigint> {
  const anchored = anchor === undefined ? null : await anchor.read();
  if (anchored !== null && anchored.pin !== pin) {
    throw new FieldsealError('ERR_WRONG_ROOT', 'The anchor is of another store');
  }
  const known = [above, anchored?.epoch ?? 0n, seenEpoch(pin), await trail.newestEpoch()];
  return known.reduce((most, epoch) => (epoch > most ? epoch : most));
}

/** What is to be accepted. @throws `ERR_REQUEST_INVALID` when the store is not older */
async function factsOf(
  { trail, unlocked }: KeyringParts,
  options: AcceptRestoreOptions,
): Promise<RestoreFacts> {
  const { secrets, snapshot } = unlocked;
  const known = await knownEpoch(options, secrets.pin, trail);
  if (snapshot.epoch >= known) {
    const message = 'The store is as new as all that is known of it: there is nothing to accept';
    throw invalidRequest('above', message);
  }
  return { restored: snapshot.epoch, known, tombstones: options.tombstones ?? [] };
}

async function accept(
  parts: KeyringParts,
  options: AcceptRestoreOptions,
): Promise<AcceptedRestore> {
  const { control, kmsParts, unlocked } = parts;
  const { access, rows } = kmsParts;
  const { secrets, snapshot: restored } = unlocked;
  const asked = await factsOf(parts, options);
  const { known } = asked;
  access.service(restored, { operation: ACCEPT_ACTION });
  const approval = await requireRestoreApproval(kmsParts, asked, options.approval);
  const epoch = liftedEpoch(asked);
  let tombstones: readonly ControlRow[] = [];
  let ended: readonly string[] = [];
  await control.change((snapshot) => {
    const decision = access.service(snapshot, { operation: ACCEPT_ACTION });
    const put = missingTombstones(snapshot, secrets, options.tombstones ?? []);
    tombstones = put;
    ended = endedBy(put, snapshot);
    const principal = access.principals.current();
    const epochs = { restored: String(restored.epoch), known: String(known) };
    const details = { ...epochs, tombstones: put.length, ended: ended.length };
    const by = approval === undefined ? {} : { approver: approval.approver };
    const facts = {
      principal,
      action: ACCEPT_ACTION,
      readOnly: false,
      details: { ...details, ...by },
    };
    const signed = approval === undefined ? [] : [rows.approval(approval)];
    return {
      put: [...put, ...signed],
      epoch,
      audit: [{ ...facts, decision: decisionName(decision) }],
    };
  });
  return {
    pin: secrets.pin,
    restoredEpoch: restored.epoch,
    epoch,
    tombstones: tombstones.length,
    ended,
  };
}

/** Opens a store that is older than what was seen of it, for as long as the work takes. */
async function withRestored<T>(
  given: AcceptRestoreOptions,
  work: (parts: KeyringParts) => Promise<T>,
): Promise<T> {
  const { above: _above, tombstones: _tombstones, approval: _approval, ...rest } = given;
  const limits = checkKeyringOptions(rest);
  const options = { ...rest, store: storeWithSlots(rest.store, rest.slotsFrom) };
  const observer = createObserver(options.environment);
  const primitives: Primitives = {
    engine: options.engine ?? defaultEngine(),
    random: options.random ?? defaultRandom(),
    clock: options.clock ?? systemClock,
  };
  const state = await options.store.readControl();
  if (state === null) {
    throw new FieldsealError('ERR_STORE_NOT_INITIALIZED', 'The key store is empty');
  }
  const unlocked = await unlockStore(primitives, options, state);
  let parts: KeyringParts | undefined;
  try {
    parts = await createKeyringParts({ primitives, options, limits, unlocked, observer });
    return await work(parts);
  } finally {
    await parts?.trail.close();
    observer.close();
    unlocked.rootKey.destroy();
    unlocked.secrets.destroy();
  }
}

/**
 * Accepts a key store that is older than what was seen of it, because somebody restored a backup and
 * meant to. Processes and hosts with an anchor refuse such a store, since an attacker who brings back a
 * revoked key looks the same; afterwards its epoch is above all that they saw, and they take it again. What
 * was destroyed since the backup is destroyed again as far as its tombstones are given. Whatever else was
 * changed since, such as a key that was disabled, is as the backup has it.
 *
 * Takes the right to `AcceptRestoredStore`, and the role `fieldseal_admin`. The store stays open.
 *
 * @throws `ERR_REQUEST_INVALID` when the store is not older, `ERR_STORE_INTEGRITY` also for a tombstone
 * that is not of this store, `ERR_ACCESS_DENIED`, with approvers `ERR_APPROVAL_REQUIRED` and
 * `ERR_APPROVAL_INVALID`, and those of `openKeyring` but `ERR_STORE_ROLLED_BACK`
 *
 * @example
 * ```ts
 * import { acceptRestoredStore } from '@fieldseal/core';
 *
 * const accepted = await acceptRestoredStore({ store, roots, environment: 'production', pin, principal: 'user/asha' }).catch(
 *   (error: { code?: string }) => error.code,
 * );
 * ```
 */
export function acceptRestoredStore(given: AcceptRestoreOptions): Promise<AcceptedRestore> {
  return withRestored(given, (parts) => accept(parts, given));
}

/**
 * Gives the text that an approver signs before `acceptRestoredStore`, for the same options. Nothing is
 * changed; it takes the same right.
 *
 * @throws as `acceptRestoredStore`
 *
 * @example
 * ```ts
 * import { proposeRestore } from '@fieldseal/core';
 *
 * const proposed = await proposeRestore({ store, roots, environment: 'production', pin, principal: 'user/asha' }).catch(
 *   (error: { code?: string }) => error.code,
 * );
 * ```
 */
export function proposeRestore(given: AcceptRestoreOptions): Promise<ProposedRestore> {
  return withRestored(given, async (parts) => {
    const facts = await factsOf(parts, given);
    const { access } = parts.kmsParts;
    access.service(parts.unlocked.snapshot, { operation: ACCEPT_ACTION });
    return restoreStatement(parts.kmsParts, facts);
  });
}
