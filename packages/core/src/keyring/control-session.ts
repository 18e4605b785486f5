import type { AuditTrail } from '../audit/audit-trail.ts';
import type { AuditedChange } from '../audit/audited-use.ts';
import { equalBytes } from '../bytes/equal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { type ControlSnapshot, controlRowName, indexControl } from '../keys/control-snapshot.ts';
import type {
  ControlChange,
  ControlRow,
  ControlState,
  IndexKeyRow,
  KeyStore,
} from '../keys/key-store.ts';
import { rolledBack } from '../keys/rolled-back.ts';
import type { EpochAnchor } from '../keys/root.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { verifyControl } from '../keys/verify-control.ts';
import { type EpochFloor, epochFloor, rememberEpoch } from './epoch-memory.ts';
import type { Reach } from './reach.ts';
import { requireTombstones } from './require-tombstones.ts';
import { rotatedKeys } from './rotated-keys.ts';
import { createWithoutExpired } from './without-expired.ts';

/** What a management change does to the control rows; `null`: nothing is to be done any more. */
export type ControlEdit = {
  readonly put: readonly ControlRow[];
  readonly remove?: readonly ControlRow[];
  /** New index keys, whose register is among `put`. */
  readonly indexKeys?: readonly IndexKeyRow[];
  /** The epoch that it makes, when it is to be later than the next one. */
  readonly epoch?: bigint;
  /** What the audit trail says of it; written in the same transaction. Never empty. */
  readonly audit: readonly ChangeFacts[];
} | null;

/** A change for the audit trail, without the epoch that it makes. */
export type ChangeFacts = Omit<AuditedChange, 'epoch'>;

/** The verified control rows of one store, kept up to date. */
export interface ControlSession {
  /** As of now: imported material whose time is over is in none, wiped or not. */
  snapshot(): ControlSnapshot;
  /**
   * Asks the store for its head, and reads and verifies everything when it has changed: also another head of
   * the same epoch, since that is another store.
   * @throws `ERR_STORE_UNAVAILABLE`, `ERR_STORE_INTEGRITY`, `ERR_STORE_ROLLED_BACK`
   */
  poll(): Promise<void>;
  /** As `poll`, and the question is asked after this call: what was there when it was made is seen. */
  pollAnew(): Promise<void>;
  /**
   * Applies a change to the newest state; computes it again when somebody else was first.
   * @throws `ERR_STORE_CONFLICT` after ten defeats.
   */
  change(edit: (snapshot: ControlSnapshot) => ControlEdit): Promise<void>;
}

const MAX_ATTEMPTS = 10;
const MAX_WAIT_MS = 40;

function applied(rows: readonly ControlRow[], edit: NonNullable<ControlEdit>): ControlRow[] {
  const byName = new Map(rows.map((row) => [controlRowName(row), row]));
  for (const row of edit.remove ?? []) byName.delete(controlRowName(row));
  for (const row of edit.put) byName.set(controlRowName(row), row);
  return [...byName.values()];
}

export function createControlSession(options: {
  readonly store: KeyStore;
  readonly secrets: StoreSecrets;
  readonly anchor: EpochAnchor | undefined;
  readonly initial: ControlSnapshot;
  /** Gets each new state before anybody else; what it gives is called when everybody has it. */
  readonly learn: (snapshot: ControlSnapshot) => Promise<() => void>;
  readonly trail: Pick<AuditTrail, 'forChange' | 'changed'>;
  /** Is told whether the store answers. */
  readonly reach: Pick<Reach, 'ask'>;
  /** Microseconds since 1970. */
  readonly now: () => bigint;
}): ControlSession {
  const { store, secrets, anchor, learn, trail, reach } = options;
  const withoutExpired = createWithoutExpired(options.now);
  let current = options.initial;
  let polling: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let adopting: Promise<void> = Promise.resolve();

  /**
   * Lets a verified state be known, one after another: answers may arrive in another order than they
   * were made, and what was learnt of a newer state is not forgotten for an older one.
   */
  function adopt(snapshot: ControlSnapshot): Promise<void> {
    const turn = adopting
      .catch(() => {})
      .then(async () => {
        if (snapshot.epoch < current.epoch) return;
        requireTombstones(current, snapshot);
        if (snapshot.epoch === current.epoch && !equalBytes(snapshot.digest, current.digest)) {
          // sealed with the keys of this store, and still not what was seen of it
          throw rolledBack(snapshot.epoch);
        }
        const letCount = await learn(snapshot);
        await rememberEpoch(secrets.pin, snapshot.epoch, anchor);
        letCount();
        if (snapshot.epoch > current.epoch) current = snapshot;
      });
    adopting = turn;
    return turn;
  }

  function verified(state: ControlState | null, floor: EpochFloor): ControlSnapshot {
    // a store that is gone is as old as can be
    if (state === null) throw rolledBack(0n);
    const snapshot = verifyControl(state, secrets);
    floor.check(secrets.pin, snapshot.epoch);
    return snapshot;
  }

  async function readNewer(): Promise<void> {
    const head = await store.readHead();
    if (head?.epoch === current.epoch && equalBytes(head.digest, current.digest)) return;
    const floor = await epochFloor(anchor);
    await adopt(verified(await store.readControl(), floor));
  }

  async function refresh(): Promise<void> {
    const settle = reach.ask();
    try {
      await readNewer();
      settle();
    } catch (error) {
      settle(error);
      throw error;
    }
  }

  function poll(): Promise<void> {
    polling ??= refresh().finally(() => {
      polling = undefined;
    });
    return polling;
  }

  /** All who ask while one look is under way share the next one. */
  function pollAnew(): Promise<void> {
    if (polling === undefined) return poll();
    queued ??= polling
      .catch(() => {})
      .then(() => {
        queued = undefined;
        return poll();
      });
    return queued;
  }

  /** Somebody else may have been first with the state or with the trail: both are tried again. */
  async function isWritten(change: ControlChange): Promise<boolean> {
    try {
      return await store.writeControl(change);
    } catch (error) {
      if (error instanceof FieldsealError && error.code === 'ERR_STORE_CONFLICT') return false;
      throw error;
    }
  }

  /** @returns `false` when somebody else was first, with nothing written */
  async function write(
    before: ControlSnapshot,
    wanted: NonNullable<ControlEdit>,
  ): Promise<boolean> {
    const rows = applied(before.rows, wanted);
    const head = secrets.sealHead(wanted.epoch ?? before.epoch + 1n, rows);
    const { epoch } = head;
    // what could not be read again is not written: afterwards nobody would open the store
    const after = indexControl({ head, rows });
    const audit = await trail.forChange(...wanted.audit.map((facts) => ({ ...facts, epoch })));
    const { remove = [], indexKeys = [] } = wanted;
    const known = new Set(before.rows.map(controlRowName));
    const put = wanted.put.filter((row) => known.has(controlRowName(row)));
    const add = wanted.put.filter((row) => !known.has(controlRowName(row)));
    const change = { expectedEpoch: before.epoch, put, add, remove, indexKeys, head, audit };
    if (!(await isWritten(change))) return false;
    trail.changed(audit);
    await adopt(after);
    return true;
  }

  /** One at a time gives a key a version: what is to be done is computed anew once it is our turn. */
  function rotate(
    keyIds: readonly string[],
    edit: (snapshot: ControlSnapshot) => ControlEdit,
  ): Promise<boolean> {
    return store.withRotationLock(keyIds, async () => {
      await refresh();
      const before = current;
      const wanted = edit(withoutExpired(before));
      if (wanted === null) return true;
      // a key that is to rotate since is not locked: the next attempt locks it too
      if (!rotatedKeys(before, wanted.put).every((id) => keyIds.includes(id))) return false;
      return write(before, wanted);
    });
  }

  async function attempt(edit: (snapshot: ControlSnapshot) => ControlEdit): Promise<boolean> {
    const before = current;
    const wanted = edit(withoutExpired(before));
    if (wanted === null) return true;
    const keyIds = rotatedKeys(before, wanted.put);
    return keyIds.length > 0 ? rotate(keyIds, edit) : write(before, wanted);
  }

  /** Not in step with the one that we lost against. */
  function pause(): Promise<void> {
    // somebody waits for it: unlike what a clock schedules it keeps the process alive
    return new Promise((resolve) => void setTimeout(resolve, Math.random() * MAX_WAIT_MS));
  }

  return {
    snapshot: () => withoutExpired(current),
    poll,
    pollAnew,
    async change(edit) {
      for (let count = 0; count < MAX_ATTEMPTS; count++) {
        if (count > 1) await pause();
        // also before the first: what is refused, such as an alias that is taken, is refused as of now
        await refresh();
        if (await attempt(edit)) return;
      }
      throw new FieldsealError('ERR_STORE_CONFLICT', 'Other processes were first, ten times');
    },
  };
}
