import type { ContextPairs } from '../bytes/context.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyRecord } from '../keys/control-snapshot.ts';
import { deriveKey } from '../keys/derive.ts';
import { placeOf } from '../keys/index-register.ts';
import type { DataKeyRow, IndexKeyRow, KeyInsert, KeyRow } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { wrapKey } from '../keys/wrap.ts';
import { dataKeyContext, indexKeyContext, keyIdBytes } from '../keys/wrap-context.ts';
import type { Scope } from './key-door.ts';
import { scopeBytes } from './key-name.ts';
import { microseconds, type Primitives, randomBytes } from './primitives.ts';
import type { VersionKeys } from './version-keys.ts';

/** A data key or index key that does not exist yet. */
export interface NewKey {
  readonly key: KeyRecord;
  readonly scope: Scope;
}

export interface NewIndexKey extends NewKey {
  readonly generation: number;
}

interface NewBytes {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly context: ContextPairs;
}

export interface KeyRows {
  /** @param former - The active row under an older key version, which stops sealing. */
  dataKey(wanted: NewKey, former: DataKeyRow | undefined): KeyInsert;
  indexKey(wanted: NewIndexKey): IndexKeyRow;
}

/** Makes rows of new data keys and index keys, wrapped under the primary versions of their keys. */
export function createKeyRows(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly secrets: StoreSecrets;
  readonly versionKeys: VersionKeys;
}): KeyRows {
  const { primitives, environment, secrets, versionKeys } = options;
  const { engine, random, clock } = primitives;

  /** The columns that both tables have. */
  function columnsOfNew(
    { key, scope }: NewKey,
    { id, bytes, context }: NewBytes,
  ): KeyRow['columns'] {
    const { primary } = key;
    if (primary === undefined) throw new FieldsealError('ERR_INTERNAL', 'The key has no material');
    const place = { parentId: keyIdBytes(key.id), parentVersion: primary.version, context };
    const wrapped = versionKeys.use(primary, (wrappingKey) =>
      wrapKey({ engine, random, wrappingKey, ...place, key: bytes }),
    );
    return {
      id,
      key_id: key.id,
      key_version: primary.version,
      tenant: scope.tenant ?? null,
      scope: scopeBytes(scope),
      state: 'ACTIVE',
      wrapped,
      created_at: microseconds(clock),
    };
  }

  function withNewBytes<Made>(make: (bytes: Uint8Array) => Made): Made {
    const bytes = randomBytes(random, 32);
    try {
      return make(bytes);
    } finally {
      bytes.fill(0);
    }
  }

  function demotionOf(former: DataKeyRow): NonNullable<KeyInsert['demote']> {
    const columns = { ...former.columns, state: 'DECRYPT_ONLY' };
    return { row: secrets.sealRow(former.table, columns), expectedMac: former.rowMac };
  }

  return {
    dataKey: (wanted, former) =>
      withNewBytes((bytes) => {
        const { tenant, subject } = wanted.scope;
        const id = deriveKey(engine, 'data-key', bytes, { use: 'id' }, 16);
        const context = dataKeyContext({ environment, id, tenant, subject });
        const columns = columnsOfNew(wanted, { id, bytes, context });
        const row = secrets.sealRow('data_key', { ...columns, subject: subject ?? null });
        return former === undefined ? { row } : { row, demote: demotionOf(former) };
      }),
    indexKey: (wanted) =>
      withNewBytes((bytes) => {
        const { generation, scope } = wanted;
        const id = deriveKey(engine, 'index-key', bytes, { use: 'id' }, 16);
        const context = indexKeyContext({ environment, id, generation, tenant: scope.tenant });
        const columns = columnsOfNew(wanted, { id, bytes, context });
        const place = placeOf(engine, scopeBytes(scope));
        return secrets.sealRow('index_key', { ...columns, generation, place });
      }),
  };
}
