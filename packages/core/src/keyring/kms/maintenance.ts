import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import { isDestroyed, isRetired } from '../key-usability.ts';
import { SERVICE_PRINCIPAL } from '../service-principal.ts';
import { destroyKey } from './deletion.ts';
import { everyOne } from './every-one.ts';
import { expiryEdit } from './expiry-edit.ts';
import type { KeyEdit, KmsParts } from './kms-parts.ts';
import { createRetireDue } from './retire-due.ts';
import {
  activateVersion,
  activationOf,
  isRotationDue,
  stagedVersion,
  stageVersion,
} from './rotation-plan.ts';
import { finishShreds } from './shred.ts';

/** What was due and is done now: ids of keys. */
export interface DueReport {
  /** A new version is visible to all processes. */
  readonly staged: readonly string[];
  /** A version that was visible for long enough seals from now on. */
  readonly activated: readonly string[];
  /** Imported material that had its time is gone. */
  readonly expired: readonly string[];
  /** Their waiting period is over. */
  readonly deleted: readonly string[];
  /** Versions on their way to their end that open nothing from now on, as `<key id>/<version>`. */
  readonly closed: readonly string[];
  /** Versions whose waiting period is over, as `<key id>/<version>`. */
  readonly retired: readonly string[];
  /** Keys and versions whose time is over, but cells are under them, or nobody here could count. */
  readonly stillInUse: readonly string[];
  /** Shreddings that were interrupted are finished now. */
  readonly shredded: number;
}

export interface Maintenance {
  /** Lets versions take over that every process can have seen by now. */
  activateDue(): Promise<readonly string[]>;
  /** Whether there is any to wait for, without asking the store. */
  isAnyStaged(): boolean;
  /**
   * Does everything that is due: once, for cron. Safe with any number of processes: each step is
   * one change of the store, computed again when another process was first.
   * @throws what the first step failed with; the others were done all the same
   */
  runDue(): Promise<DueReport>;
}

export function createMaintenance(parts: KmsParts): Maintenance {
  const { control, rows } = parts;
  const retireDue = createRetireDue(parts, SERVICE_PRINCIPAL);

  /** One change for all keys that `editOf` has something for; gives their ids. */
  async function forKeys(
    action: string,
    editOf: (snapshot: ControlSnapshot, key: KeyRecord) => KeyEdit,
  ): Promise<readonly string[]> {
    let done: string[] = [];
    await control.change((snapshot) => {
      done = [];
      const put: ControlRow[] = [];
      const remove: ControlRow[] = [];
      for (const key of snapshot.keys.values()) {
        const edit = editOf(snapshot, key);
        if (edit === null) continue;
        done.push(key.id);
        put.push(...edit.put);
        remove.push(...(edit.remove ?? []));
      }
      if (done.length === 0) return null;
      const facts = { principal: SERVICE_PRINCIPAL, action, readOnly: false };
      return { put, remove, audit: done.map((keyId) => ({ ...facts, keyId })) };
    });
    return done;
  }

  /** The version that takes over by itself, and when; none that a tombstone names. */
  function successor(snapshot: ControlSnapshot, key: KeyRecord) {
    const staged = stagedVersion(key);
    if (staged === undefined || isDestroyed(snapshot, key)) return undefined;
    const version = isRetired(snapshot, staged) ? undefined : staged;
    const at = version === undefined ? null : activationOf(snapshot, version);
    return version === undefined || at === null ? undefined : { version, at };
  }

  function dueVersion(snapshot: ControlSnapshot, key: KeyRecord, time: bigint) {
    const next = successor(snapshot, key);
    return next !== undefined && next.at <= time ? next.version : undefined;
  }

  async function activateDue(): Promise<readonly string[]> {
    const time = await parts.time.shared();
    const snapshot = control.snapshot();
    const keys = [...snapshot.keys.values()];
    if (!keys.some((key) => dueVersion(snapshot, key, time))) return [];
    return forKeys('ActivateKeyVersion', (now, key) => {
      const staged = dueVersion(now, key, time);
      return staged === undefined ? null : { put: activateVersion(parts, key, staged) };
    });
  }

  async function stageDue(): Promise<readonly string[]> {
    const time = await parts.time.shared();
    return forKeys('RotateKey', (snapshot, key) => {
      if (!isRotationDue(snapshot, key, time)) return null;
      return { put: stageVersion(parts, snapshot, { key, type: 'AUTOMATIC', time }) };
    });
  }

  // what cannot be undone waits for the later of two clocks
  const expireDue = (time: bigint): Promise<readonly string[]> =>
    forKeys('DeleteExpiredKeyMaterial', (snapshot, key) =>
      expiryEdit(rows, snapshot, { key, time }),
    );

  function isDeletionDue(snapshot: ControlSnapshot, key: KeyRecord, time: bigint): boolean {
    // a backup that brings it back is undone, whatever its row says
    if (isDestroyed(snapshot, key)) return key.state !== 'Destroyed';
    const at = key.deletionAt;
    return key.state === 'PendingDeletion' && at !== null && at <= time;
  }

  /** Whether anything is under a key; not asked where a tombstone has decided already. */
  async function isInUse(snapshot: ControlSnapshot, key: KeyRecord): Promise<boolean> {
    if (isDestroyed(snapshot, key)) return false;
    return (await parts.versionsInUse.keyReason(key)) !== undefined;
  }

  async function deleteDue(time: bigint): Promise<Pick<DueReport, 'deleted' | 'stillInUse'>> {
    const snapshot = control.snapshot();
    const due = [...snapshot.keys.values()].filter((key) => isDeletionDue(snapshot, key, time));
    const stillInUse: string[] = [];
    const uncounted = new Set(due.map(({ id }) => id));
    const counted = everyOne(due, async (key) => {
      if (await isInUse(snapshot, key)) stillInUse.push(key.id);
      uncounted.delete(key.id);
    });
    // one that cannot be counted stays, and the others end all the same
    const failure = await counted.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    const kept = new Set([...uncounted, ...stillInUse]);
    const deleted = await forKeys('DeleteKey', (now, key) =>
      isDeletionDue(now, key, time) && !kept.has(key.id) ? destroyKey(rows, now, key) : null,
    );
    if (failure !== null) throw failure.error;
    return { deleted, stillInUse };
  }

  return {
    activateDue,
    isAnyStaged() {
      const snapshot = control.snapshot();
      return [...snapshot.keys.values()].some((key) => successor(snapshot, key) !== undefined);
    },
    async runDue() {
      await control.poll();
      const failures: unknown[] = [];
      // what one process may not do, or cannot do now, keeps it from nothing else
      const tried = <T>(work: () => Promise<T>, otherwise: T): Promise<T> =>
        work().catch((error: unknown) => {
          failures.push(error);
          return otherwise;
        });
      const activated = await tried(activateDue, []);
      const staged = await tried(stageDue, []);
      const time = await parts.time.earliest();
      const expired = await tried(() => expireDue(time), []);
      const ended = await tried(() => deleteDue(time), { deleted: [], stillInUse: [] });
      const shredded = await tried(() => finishShreds(parts, SERVICE_PRINCIPAL), 0);
      const none = { closed: [], retired: [], stillInUse: [] };
      const versions = await tried(() => retireDue(time), none);
      if (failures.length > 0) throw failures[0];
      const stillInUse = [...ended.stillInUse, ...versions.stillInUse];
      return { activated, staged, expired, ...ended, ...versions, stillInUse, shredded };
    },
  };
}
