import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import { microseconds } from '../primitives.ts';
import { destroyKey } from './deletion.ts';
import type { KeyEdit, KmsParts } from './kms-parts.ts';
import {
  activateVersion,
  activationOf,
  isRotationDue,
  stagedVersion,
  stageVersion,
} from './rotation-plan.ts';

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
  /** Their waiting period is over, but cells are counted under them. */
  readonly stillInUse: readonly string[];
}

export interface Maintenance {
  /** Lets versions take over that every process can have seen by now. */
  activateDue(): Promise<readonly string[]>;
  /** Whether there is one, without asking the store. */
  isActivationDue(): boolean;
  /**
   * Does everything that is due: once, for cron. Safe with any number of processes: each step is
   * one change of the store, computed again when another process was first.
   */
  runDue(): Promise<DueReport>;
}

/** What nobody asked for is done in this name. */
const SERVICE = 'service/fieldseal';

export function createMaintenance(parts: KmsParts): Maintenance {
  const { control, rows, primitives } = parts;
  const now = (): bigint => microseconds(primitives.clock);

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
      const facts = { principal: SERVICE, action, readOnly: false };
      return { put, remove, audit: done.map((keyId) => ({ ...facts, keyId })) };
    });
    return done;
  }

  function isStagedDue(snapshot: ControlSnapshot, key: KeyRecord): boolean {
    const staged = stagedVersion(key);
    return staged !== undefined && activationOf(snapshot, staged) <= now();
  }

  const activateDue = (): Promise<readonly string[]> =>
    forKeys('ActivateKeyVersion', (snapshot, key) => {
      const staged = stagedVersion(key);
      if (staged === undefined || !isStagedDue(snapshot, key)) return null;
      return { put: activateVersion(parts, key, staged) };
    });

  const stageDue = (): Promise<readonly string[]> =>
    forKeys('RotateKey', (snapshot, key) =>
      isRotationDue(parts, snapshot, key) ? { put: stageVersion(parts, key, 'AUTOMATIC') } : null,
    );

  const expireDue = (): Promise<readonly string[]> =>
    forKeys('DeleteExpiredKeyMaterial', (snapshot, key) => {
      const at = snapshot.settings.get(key.id)?.materialExpiresAt ?? null;
      if (at === null || at > now() || key.primary === undefined) return null;
      const state = key.state === 'PendingDeletion' ? key.state : 'PendingImport';
      return { put: [rows.changedKey(key, { state }), rows.destroyedVersion(key.primary)] };
    });

  function isDeletionDue(key: KeyRecord): boolean {
    const at = key.deletionAt;
    return key.state === 'PendingDeletion' && at !== null && at <= now();
  }

  async function deleteDue(): Promise<Pick<DueReport, 'deleted' | 'stillInUse'>> {
    const stillInUse: string[] = [];
    for (const key of control.snapshot().keys.values()) {
      if (!isDeletionDue(key) || parts.countCells === undefined) continue;
      const count = await parts.countCells(key.id);
      if (count !== 0n) stillInUse.push(key.id);
    }
    const deleted = await forKeys('DeleteKey', (snapshot, key) =>
      isDeletionDue(key) && !stillInUse.includes(key.id) ? destroyKey(rows, snapshot, key) : null,
    );
    return { deleted, stillInUse };
  }

  return {
    activateDue,
    isActivationDue() {
      const snapshot = control.snapshot();
      return [...snapshot.keys.values()].some((key) => isStagedDue(snapshot, key));
    },
    async runDue() {
      await control.poll();
      const activated = await activateDue();
      const staged = await stageDue();
      const expired = await expireDue();
      return { activated, staged, expired, ...(await deleteDue()) };
    },
  };
}
