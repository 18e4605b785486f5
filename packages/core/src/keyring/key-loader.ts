import { equalBytes } from '../bytes/equal.ts';
import { latin1, latin1ToBytes } from '../bytes/latin1.ts';
import type { Found } from '../cache/key-cache.ts';
import { checkColumns, columnsOf, integrityError } from '../keys/columns.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import { deriveKey } from '../keys/derive.ts';
import type { KeyRow, KeySelector, KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { unwrapKey } from '../keys/wrap.ts';
import { dataKeyContext, indexKeyContext, keyIdBytes } from '../keys/wrap-context.ts';
import { createDataKey, type DataKey } from './data-key.ts';
import { createIndexKey, type IndexKey } from './index-key.ts';
import type { Scope } from './key-door.ts';
import { matchKey, matchKeysOf, nameById, selectorOf } from './key-name.ts';
import { type ChildKeyFacts, requireUsable } from './key-usability.ts';
import type { Primitives } from './primitives.ts';
import type { VersionKeys } from './version-keys.ts';

export type LoadedKey = DataKey | IndexKey;

export interface KeyLoaderOptions {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly store: KeyStore;
  readonly secrets: StoreSecrets;
  readonly versionKeys: VersionKeys;
  readonly snapshot: () => ControlSnapshot;
  /** Brings the snapshot up to date. */
  readonly poll: () => Promise<void>;
}

function factsOf(row: KeyRow): ChildKeyFacts {
  const columns = columnsOf(row);
  return {
    id: latin1(columns.bytes('id', 16)),
    keyId: columns.text('key_id'),
    keyVersion: columns.int('key_version'),
    state: columns.text('state'),
  };
}

function scopeOf(row: KeyRow): Scope {
  const columns = columnsOf(row);
  const tenant = columns.optionalText('tenant');
  const subject = row.table === 'data_key' ? columns.optionalText('subject') : null;
  return { ...(tenant === null ? {} : { tenant }), ...(subject === null ? {} : { subject }) };
}

/** The context that a row's key is wrapped in, from what was verified by the row's MAC. */
function contextOf(row: KeyRow, environment: string, id: Uint8Array) {
  const { tenant, subject } = scopeOf(row);
  if (row.table === 'data_key') return dataKeyContext({ environment, id, tenant, subject });
  const generation = columnsOf(row).int('generation');
  return indexKeyContext({ environment, id, generation, tenant });
}

/** Reads key rows in one round trip and makes keys of them. */
export function createKeyLoader(
  options: KeyLoaderOptions,
): (names: readonly string[]) => Promise<ReadonlyMap<string, Found<LoadedKey>>> {
  const { primitives, environment, store, secrets, versionKeys, snapshot, poll } = options;
  const { engine } = primitives;

  function unwrap(row: KeyRow, facts: ChildKeyFacts): Uint8Array {
    const version = snapshot().keys.get(facts.keyId)?.versions.get(facts.keyVersion);
    if (version === undefined) throw integrityError('A stored key names no version', row.table);
    const id = latin1ToBytes(facts.id);
    const key = unwrapKey({
      engine,
      wrappingKey: versionKeys.wrappingKey(version),
      parentId: keyIdBytes(facts.keyId),
      parentVersion: facts.keyVersion,
      context: contextOf(row, environment, id),
      wrapped: columnsOf(row).bytes('wrapped'),
    });
    if (key === null) throw integrityError('A stored key does not open', row.table, 'wrapped');
    const kind = row.table === 'data_key' ? 'data-key' : 'index-key';
    if (!equalBytes(deriveKey(engine, kind, key, { use: 'id' }, 16), id)) {
      key.fill(0);
      throw integrityError('A stored key is not the one that its id names', row.table, 'id');
    }
    return key;
  }

  function open(row: KeyRow): LoadedKey {
    if (!secrets.verifyRow(row)) throw integrityError('A stored key was altered', row.table);
    const facts = factsOf(row);
    requireUsable(snapshot(), facts);
    const key = unwrap(row, facts);
    try {
      if (row.table === 'index_key') {
        return createIndexKey({ primitives, key, facts, scope: scopeOf(row) });
      }
      return createDataKey({ primitives, environment, key, facts, scope: scopeOf(row) });
    } finally {
      key.fill(0);
    }
  }

  /** Whether a row is under a key version that is newer than the last look at the control rows. */
  function isAhead(row: KeyRow): boolean {
    const { keyId, keyVersion } = factsOf(row);
    return snapshot().keys.get(keyId)?.versions.has(keyVersion) !== true;
  }

  /**
   * Whether a row is asked for to seal under, and is of an older version of its key: that seals no
   * more, so it counts as absent. Its version may be revoked, which is no reason to refuse a write.
   */
  function isSuperseded(row: KeyRow, selector: KeySelector): boolean {
    if ('id' in selector || row.table !== 'data_key') return false;
    const { keyId, keyVersion } = factsOf(row);
    const key = snapshot().keys.get(keyId);
    return key?.versions.has(keyVersion) === true && key.primary?.version !== keyVersion;
  }

  return async (names) => {
    const wanted = names.map((name) => ({ name, selector: selectorOf(name) }));
    const rows = await store.readKeys(wanted.map(({ selector }) => selector));
    const answers = new Map<string, KeyRow>();
    for (const row of rows) {
      checkColumns(row);
      for (const key of matchKeysOf(row)) answers.set(key, row);
    }
    // the first poll may have been under way before the other process committed
    if (rows.some(isAhead)) await poll();
    if (rows.some(isAhead)) await poll();
    const found = new Map<string, Found<LoadedKey>>();
    for (const { name, selector } of wanted) {
      const row = answers.get(matchKey(selector));
      if (row === undefined || isSuperseded(row, selector)) continue;
      found.set(name, {
        name: nameById(row.table, factsOf(row).id),
        fingerprint: latin1(row.rowMac),
        open: () => open(row),
      });
    }
    return found;
  };
}
