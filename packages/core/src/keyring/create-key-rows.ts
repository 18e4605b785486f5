import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyRecord } from '../keys/control-snapshot.ts';
import { deriveKey } from '../keys/derive.ts';
import type { KeyInsert, KeyRow } from '../keys/key-store.ts';
import type { KeyTable } from '../keys/record-schema.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { wrapKey } from '../keys/wrap.ts';
import { dataKeyContext, indexKeyContext, keyIdBytes } from '../keys/wrap-context.ts';
import type { Scope } from './key-door.ts';
import { scopeBytes } from './key-name.ts';
import { microseconds, type Primitives, randomBytes } from './primitives.ts';
import type { VersionKeys } from './version-keys.ts';

const FIRST_INDEX_GENERATION = 1;

/** A data key or index key that does not exist yet. */
export interface NewKey {
  readonly table: KeyTable;
  readonly key: KeyRecord;
  readonly scope: Scope;
  /** The active row under an older key version, which stops sealing. */
  readonly former: KeyRow | undefined;
}

/** Makes rows of new data keys and index keys, wrapped under the primary versions of their keys. */
export function createKeyRows(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly secrets: StoreSecrets;
  readonly versionKeys: VersionKeys;
}): (wanted: NewKey) => KeyInsert {
  const { primitives, environment, secrets, versionKeys } = options;
  const { engine, random, clock } = primitives;

  function columnsFor({ table, key, scope }: NewKey, bytes: Uint8Array): KeyRow['columns'] {
    const { primary } = key;
    if (primary === undefined) throw new FieldsealError('ERR_INTERNAL', 'The key has no material');
    const isData = table === 'data_key';
    const id = deriveKey(engine, isData ? 'data-key' : 'index-key', bytes, { use: 'id' }, 16);
    const { tenant, subject } = scope;
    const context = isData
      ? dataKeyContext({ environment, id, tenant, subject })
      : indexKeyContext({ environment, id, generation: FIRST_INDEX_GENERATION, tenant });
    const wrapped = wrapKey({
      engine,
      random,
      wrappingKey: versionKeys.wrappingKey(primary),
      parentId: keyIdBytes(key.id),
      parentVersion: primary.version,
      context,
      key: bytes,
    });
    return {
      id,
      key_id: key.id,
      key_version: primary.version,
      ...(isData ? { subject: subject ?? null } : { generation: FIRST_INDEX_GENERATION }),
      tenant: tenant ?? null,
      scope: scopeBytes(scope),
      state: 'ACTIVE',
      wrapped,
      created_at: microseconds(clock),
    };
  }

  return (wanted) => {
    const bytes = randomBytes(random, 32);
    try {
      const row = secrets.sealRow(wanted.table, columnsFor(wanted, bytes));
      const { former } = wanted;
      if (former === undefined) return { row };
      const columns = { ...former.columns, state: 'DECRYPT_ONLY' };
      const demoted = secrets.sealRow(former.table, columns);
      return { row, demote: { row: demoted, expectedMac: former.rowMac } };
    } finally {
      bytes.fill(0);
    }
  };
}
