import { latin1 } from '../bytes/latin1.ts';
import type { Found } from '../cache/cached-keys.ts';
import { checkColumns, integrityError } from '../keys/columns.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { KeyRow, KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { createDataKey, type DataKey } from './data-key.ts';
import { createIndexKey, type IndexKey } from './index-key.ts';
import {
  brokenRange,
  type IndexKeyBook,
  type RangeContent,
  rangeSelector,
} from './index-key-book.ts';
import {
  indexKeyOf,
  matchKey,
  matchKeysOf,
  type NameSelector,
  nameById,
  selectorOf,
} from './key-name.ts';
import { keyRowFacts, keyRowScope } from './key-row-facts.ts';
import type { KeyRowWraps } from './key-row-wraps.ts';
import { requireUsable } from './key-usability.ts';
import type { Primitives } from './primitives.ts';

export type LoadedKey = DataKey | IndexKey;

export interface KeyLoaderOptions {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly store: KeyStore;
  readonly secrets: StoreSecrets;
  readonly wraps: KeyRowWraps;
  readonly book: Pick<IndexKeyBook, 'rangesOf' | 'settle'>;
  readonly snapshot: () => ControlSnapshot;
  /** Brings the snapshot up to date. */
  readonly poll: () => Promise<void>;
}

/** Reads key rows in one round trip and makes keys of them. */
export function createKeyLoader(
  options: KeyLoaderOptions,
): (names: readonly string[]) => Promise<ReadonlyMap<string, Found<LoadedKey>>> {
  const { primitives, environment, store, secrets, wraps, book, snapshot, poll } = options;

  /** @param row - Verified. */
  function open(row: KeyRow): LoadedKey {
    const facts = keyRowFacts(row);
    requireUsable(snapshot(), facts);
    const version = snapshot().keys.get(facts.keyId)?.versions.get(facts.keyVersion);
    if (version === undefined) throw integrityError('A stored key names no version', row.table);
    const key = wraps.unwrap(row, version);
    try {
      if (row.table === 'index_key') {
        return createIndexKey({ primitives, key, facts, scope: keyRowScope(row) });
      }
      return createDataKey({ primitives, environment, key, facts, scope: keyRowScope(row) });
    } finally {
      key.fill(0);
    }
  }

  /** Whether a row is under a key version that is newer than the last look at the control rows. */
  function isAhead(row: KeyRow): boolean {
    const { keyId, keyVersion } = keyRowFacts(row);
    return snapshot().keys.get(keyId)?.versions.has(keyVersion) !== true;
  }

  /**
   * Whether a row is asked for to seal under, and is of an older version of its key: that seals no
   * more, so it counts as absent. Its version may be revoked, which is no reason to refuse a write.
   */
  function isSuperseded(row: KeyRow, selector: NameSelector): boolean {
    if ('id' in selector) return false;
    const { keyId, keyVersion } = keyRowFacts(row);
    const key = snapshot().keys.get(keyId);
    return key?.versions.has(keyVersion) === true && key.primary?.version !== keyVersion;
  }

  function foundRow(row: KeyRow): Found<LoadedKey> {
    let verified: boolean | undefined;
    const isAuthentic = (): boolean => {
      verified ??= secrets.verifyRow(row);
      return verified;
    };
    return {
      name: nameById(row.table, keyRowFacts(row).id),
      // the MAC stands for the row only where it is the row's: else what is cached would be kept
      get fingerprint() {
        return isAuthentic() ? latin1(row.rowMac) : '';
      },
      open() {
        if (!isAuthentic()) throw integrityError('A stored key was altered', row.table);
        return open(row);
      },
    };
  }

  /** What its range says of an index key; a range that is broken fails its own names only. */
  function foundInRange(
    name: string,
    content: RangeContent | undefined,
  ): Found<LoadedKey> | undefined {
    if (content !== undefined) return content.row && foundRow(content.row);
    const fail = (): never => {
      throw brokenRange();
    };
    return { name, fingerprint: '', open: fail };
  }

  /** Brings the snapshot up to the rows: the first poll may have been under way before they were. */
  async function catchUp(rows: readonly KeyRow[]): Promise<void> {
    if (rows.some(isAhead)) await poll();
    if (rows.some(isAhead)) await poll();
  }

  return async (names) => {
    const wanted = names.map((name) => ({ name, ref: indexKeyOf(name) }));
    const byRange = wanted.flatMap(({ name, ref }) => (ref === undefined ? [] : [{ name, ref }]));
    const bySelector = wanted
      .filter(({ ref }) => ref === undefined)
      .map(({ name }) => ({ name, selector: selectorOf(name) }));
    const refs = byRange.map(({ ref }) => ref);
    const ranges = book.rangesOf(refs);
    const selectors = bySelector.map(({ selector }) => selector);
    const rows = await store.readKeys([...selectors, ...ranges.map(rangeSelector)]);
    for (const row of rows) checkColumns(row);
    const settled = await book.settle(refs, ranges, rows);
    const contents = byRange.map(({ name, ref }) => ({ name, content: settled.contentFor(ref) }));
    const answers = new Map(rows.flatMap((row) => matchKeysOf(row).map((key) => [key, row])));
    const answered = bySelector.map((each) => ({
      ...each,
      row: answers.get(matchKey(each.selector)),
    }));
    const used = [...answered, ...contents.map(({ content }) => ({ row: content?.row }))];
    await catchUp(used.flatMap(({ row }) => row ?? []));
    const found = new Map<string, Found<LoadedKey>>();
    for (const { name, selector, row } of answered) {
      if (row !== undefined && !isSuperseded(row, selector)) found.set(name, foundRow(row));
    }
    for (const { name, content } of contents) {
      const key = foundInRange(name, content);
      if (key !== undefined) found.set(name, key);
    }
    return found;
  };
}
