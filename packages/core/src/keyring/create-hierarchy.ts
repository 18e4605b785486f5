import type { KeyCache } from '../cache/cached-keys.ts';
import { createKeyCache } from '../cache/key-cache.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { Observer } from '../observe/observer.ts';
import type { ControlSession } from './control-session.ts';
import { createKeyRows } from './create-key-rows.ts';
import type { IsDataKeyAged } from './data-key-age.ts';
import { createDataKeyMaker, type DataKeyMaker } from './data-key-maker.ts';
import { createIndexKeyBook } from './index-key-book.ts';
import { createIndexKeyMaker, type IndexKeyMaker } from './index-key-maker.ts';
import { type KeptMaterial, keepMaterial } from './kept-material.ts';
import { createKeyLoader, type LoadedKey } from './key-loader.ts';
import { createKeyRowWraps, type KeyRowWraps } from './key-row-wraps.ts';
import type { KeyringLimits } from './keyring-options.ts';
import { createMaterial } from './material.ts';
import { observedLoad } from './observed-load.ts';
import type { Primitives } from './primitives.ts';
import type { Reach } from './reach.ts';
import type { UnlockedStore } from './unlock-store.ts';
import { createVersionKeys } from './version-keys.ts';

/** The keys below the root key: versions, and the data keys and index keys under them. */
export interface Hierarchy {
  readonly material: KeptMaterial;
  readonly wraps: KeyRowWraps;
  readonly cache: KeyCache<LoadedKey>;
  readonly dataKeys: DataKeyMaker;
  readonly indexKeys: IndexKeyMaker;
  /** Wipes every key, the root key last. */
  destroy(): void;
}

const REFRESH_AHEAD_MS = 10_000;
const NEGATIVE_MS = 2000;

export function createHierarchy(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly store: KeyStore;
  readonly limits: KeyringLimits;
  readonly unlocked: UnlockedStore;
  readonly control: ControlSession;
  readonly observer: Observer;
  readonly reach: Reach;
  readonly isAged: IsDataKeyAged;
}): Hierarchy {
  const { primitives, environment, store, limits, control, observer, reach, isAged } = options;
  const { rootKey, secrets } = options.unlocked;
  const material = createMaterial({ primitives, environment, rootKey, observer });
  const kept = keepMaterial(material);
  const versionKeys = createVersionKeys({
    material: kept,
    keyOf: (keyId) => control.snapshot().keys.get(keyId),
  });
  const shared = { primitives, environment, secrets, versionKeys };
  const wraps = createKeyRowWraps(shared);
  const rows = createKeyRows(shared);
  const book = createIndexKeyBook({ engine: primitives.engine, store, control });
  const load = createKeyLoader({
    primitives,
    environment,
    secrets,
    wraps,
    book,
    store,
    snapshot: control.snapshot,
    poll: control.poll,
  });
  const cache = createKeyCache<LoadedKey>({
    maxEntries: limits.maxEntries,
    groupOf: ({ scope }) => scope.tenant,
    share: limits.tenantEntries,
    maxAgeMs: limits.maxAgeMs,
    refreshAheadMs: Math.min(REFRESH_AHEAD_MS, limits.maxAgeMs / 2),
    negativeMs: NEGATIVE_MS,
    staleMs: Math.max(limits.openStaleMs, limits.sealStaleMs),
    isAway: reach.isAway,
    clock: primitives.clock,
    load: observedLoad(observer, load),
    destroy: (key) => key.destroy(),
  });
  return {
    material: kept,
    wraps,
    cache,
    dataKeys: createDataKeyMaker({ store, secrets, rows, isAged, control }),
    indexKeys: createIndexKeyMaker({ primitives, secrets, rows, book, control }),
    destroy() {
      cache.clear();
      kept.destroy();
      rootKey.destroy();
      secrets.destroy();
    },
  };
}
