import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyringParts } from './create-keyring-parts.ts';
import { followSnapshot } from './follow-snapshot.ts';
import { describeHealth, type KeyringHealth } from './keyring-health.ts';
import { createMaintenance, type Maintenance } from './kms/maintenance.ts';
import { createUpkeep, type Upkeep } from './kms/upkeep.ts';
import { createStoreGate, type StoreGate } from './store-gate.ts';
import { watchStore } from './watch-store.ts';

/** What a keyring does by itself from its opening to its end. */
export interface KeyringLife {
  readonly maintenance: Maintenance;
  readonly upkeep: Upkeep;
  /**
   * Throws when no key may be used any more.
   * @throws `ERR_KEYRING_CLOSED`, and what the last look at the store found
   */
  readonly check: () => void;
  /** To be passed before keys are used. */
  readonly gate: StoreGate;
  /** Whether cached keys serve because the store does not answer. */
  isDegraded(): boolean;
  health(): KeyringHealth;
  /** Wipes all keys and closes the store. Idempotent. */
  close(): Promise<void>;
}

export function createKeyringLife(parts: KeyringParts): KeyringLife {
  const { primitives, options, limits, control, trail, hierarchy, kmsParts, observer, reach } =
    parts;
  const { clock } = primitives;
  const { store } = options;
  const follow = followSnapshot({ snapshot: control.snapshot, hierarchy });
  const maintenance = createMaintenance(kmsParts);
  const upkeep = createUpkeep({ clock, runDue: maintenance.runDue });
  const watch = watchStore({
    store,
    control,
    clock,
    intervalMs: limits.pollIntervalMs,
    onHint: () => hierarchy.cache.forgetMissing(),
    onPolled() {
      parts.keeper.tick();
      follow();
      activateSoon();
    },
  });
  const strict = options.consistency === 'strict';
  const gate = createStoreGate({ control, reach, clock, strict, trail });
  let closing: Promise<void> | undefined;

  /** A version whose time has come takes over, whichever process notices first. */
  function activateSoon(): void {
    if (!maintenance.isAnyStaged()) return;
    // what fails here is tried again at the next look at the store, by every process
    maintenance.activateDue().catch(() => {});
  }

  async function end(): Promise<void> {
    upkeep.stop();
    watch.stop();
    try {
      // what waits is written while there are keys to sign it with
      await trail.close();
    } finally {
      observer.close();
      hierarchy.destroy();
      await store.close();
    }
  }

  return {
    maintenance,
    upkeep,
    check() {
      if (closing !== undefined) {
        throw new FieldsealError('ERR_KEYRING_CLOSED', 'The keyring is closed');
      }
      watch.check();
      follow();
    },
    isDegraded: reach.isAway,
    gate,
    health: () =>
      describeHealth({
        live: closing === undefined,
        sound: watch.isSound(),
        away: reach.isAway(),
        mayOpen: gate.isOpen('open'),
        maySeal: gate.isOpen('seal'),
        storeSilentMs: Math.round(reach.silentMs()),
      }),
    close() {
      closing ??= end();
      return closing;
    },
  };
}
