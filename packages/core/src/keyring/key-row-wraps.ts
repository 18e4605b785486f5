import { equalBytes } from '../bytes/equal.ts';
import { columnsOf, integrityError } from '../keys/columns.ts';
import type { KeyVersionRecord } from '../keys/control-snapshot.ts';
import { deriveKey } from '../keys/derive.ts';
import type { KeyRow } from '../keys/key-store.ts';
import { unwrapKey, wrapKey } from '../keys/wrap.ts';
import { dataKeyContext, indexKeyContext, keyIdBytes } from '../keys/wrap-context.ts';
import { keyRowScope } from './key-row-facts.ts';
import type { Primitives } from './primitives.ts';
import type { VersionKeys } from './version-keys.ts';

/** Wraps of data keys and index keys, under the contexts that their rows have. */
export interface KeyRowWraps {
  /**
   * @param row - Verified.
   * @returns 32 bytes, for the caller to wipe
   * @throws `ERR_STORE_INTEGRITY`
   */
  unwrap(row: KeyRow, version: KeyVersionRecord): Uint8Array;
  /** The wrap of a row's key under another version. */
  wrap(row: KeyRow, version: KeyVersionRecord, key: Uint8Array): Uint8Array;
}

export function createKeyRowWraps(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly versionKeys: VersionKeys;
}): KeyRowWraps {
  const { primitives, environment, versionKeys } = options;
  const { engine, random } = primitives;

  /** What a row's key is wrapped with, from what was verified by the row's MAC. */
  function placeOf(row: KeyRow, version: KeyVersionRecord) {
    const columns = columnsOf(row);
    const id = columns.bytes('id', 16);
    const { tenant, subject } = keyRowScope(row);
    const context =
      row.table === 'data_key'
        ? dataKeyContext({ environment, id, tenant, subject })
        : indexKeyContext({ environment, id, generation: columns.int('generation'), tenant });
    return {
      engine,
      parentId: keyIdBytes(version.keyId),
      parentVersion: version.version,
      context,
    };
  }

  return {
    unwrap(row, version) {
      const columns = columnsOf(row);
      const wrapped = columns.bytes('wrapped');
      const place = placeOf(row, version);
      const key = versionKeys.use(version, (wrappingKey) =>
        unwrapKey({ ...place, wrappingKey, wrapped }),
      );
      if (key === null) throw integrityError('A stored key does not open', row.table, 'wrapped');
      const kind = row.table === 'data_key' ? 'data-key' : 'index-key';
      const id = deriveKey(engine, kind, key, { use: 'id' }, 16);
      if (equalBytes(id, columns.bytes('id', 16))) return key;
      key.fill(0);
      throw integrityError('A stored key is not the one that its id names', row.table, 'id');
    },
    wrap(row, version, key) {
      const place = placeOf(row, version);
      return versionKeys.use(version, (wrappingKey) =>
        wrapKey({ ...place, wrappingKey, random, key }),
      );
    },
  };
}
