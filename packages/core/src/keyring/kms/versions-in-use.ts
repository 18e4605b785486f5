import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { checkColumns, columnsOf, integrityError } from '../../keys/columns.ts';
import type { KeyRecord } from '../../keys/control-snapshot.ts';
import { dataKeyVerdict } from '../../keys/key-states.ts';
import type { KeyRow, KeyStore } from '../../keys/key-store.ts';
import { isShredded } from '../../keys/shredded-scopes.ts';
import type { StoreSecrets } from '../../keys/store-secrets.ts';
import { keyRowFacts } from '../key-row-facts.ts';
import type { KmsParts } from './kms-parts.ts';

/** Why a version cannot end. */
export type VersionUseReason = 'CELLS' | 'INDEX_KEYS' | 'NOT_COUNTED';

/** Whether somebody would miss a version of a key. */
export interface VersionsInUse {
  /**
   * `undefined` when nothing that can be counted is under it. Without a counter, or when it cannot say,
   * the answer is that the version is needed.
   * @throws `ERR_STORE_INTEGRITY`, `ERR_STORE_UNAVAILABLE`, and what the counter throws
   */
  reason(keyId: string, version: number): Promise<VersionUseReason | undefined>;
  /**
   * The same of a whole key. Without a counter it is needed when anything was ever sealed under it.
   * @throws as {@link VersionsInUse.reason}
   */
  keyReason(key: KeyRecord): Promise<VersionUseReason | undefined>;
  /** @throws `ERR_KEY_IN_USE` with the reason, and what {@link VersionsInUse.reason} throws */
  refuse(keyId: string, version: number): Promise<void>;
  /**
   * For what ends at once, whatever cells are under it: without its index key an indexed field is neither
   * written nor found any more, also where all its cells are under newer versions.
   * @throws `ERR_KEY_IN_USE` with the reason `INDEX_KEYS`, `ERR_STORE_INTEGRITY`, `ERR_STORE_UNAVAILABLE`
   */
  refuseIndexKeys(keyId: string, versions: readonly number[]): Promise<void>;
}

const PAGE = 500;

const MESSAGES: Readonly<Record<VersionUseReason, string>> = {
  CELLS: 'Cells are under this version still: re-encrypt them, or rewrap their data keys',
  INDEX_KEYS: 'Index keys are under this version still: rewrap them',
  NOT_COUNTED: 'Nobody could count the cells under this version: it needs the option countCells',
};

function reasonOf(count: bigint | undefined): VersionUseReason | undefined {
  if (count === undefined) return 'NOT_COUNTED';
  return count === 0n ? undefined : 'CELLS';
}

export function createVersionsInUse(options: {
  readonly store: Pick<KeyStore, 'listKeys'>;
  readonly secrets: Pick<StoreSecrets, 'verifyRow'>;
  readonly parts: Pick<KmsParts, 'control' | 'dataKeys' | 'countCells'>;
}): VersionsInUse {
  const { store, secrets, parts } = options;
  const { control, dataKeys, countCells } = parts;

  /** A row that nothing opens any more keeps no version. */
  function isWanted(row: KeyRow): boolean {
    checkColumns(row);
    if (!secrets.verifyRow(row)) throw integrityError('A stored key was altered', row.table);
    const { shredded, tombstones } = control.snapshot();
    const { state, id, scope } = keyRowFacts(row);
    if (dataKeyVerdict('shred', state) === 'ERR_KEY_DESTROYED') return false;
    return !tombstones.has(id) && !isShredded(shredded, scope);
  }

  async function hasKeys(
    table: KeyRow['table'],
    keyId: string,
    keyVersion: number,
  ): Promise<boolean> {
    let after: Uint8Array | null = null;
    for (;;) {
      const page = { table, keyId, keyVersion, after, limit: PAGE } as const;
      const rows: readonly KeyRow[] = await store.listKeys(page);
      if (rows.some(isWanted)) return true;
      const last = rows.at(-1);
      if (last === undefined) return false;
      after = columnsOf(last).bytes('id', 16);
    }
  }

  async function reason(keyId: string, version: number): Promise<VersionUseReason | undefined> {
    // tokens are of no data key, so the cells say nothing of the index keys that made them
    if (await hasKeys('index_key', keyId, version)) return 'INDEX_KEYS';
    if (countCells === undefined) return 'NOT_COUNTED';
    return reasonOf(await countCells(keyId, dataKeys.describe, version));
  }

  async function keyReason({ id, versions }: KeyRecord): Promise<VersionUseReason | undefined> {
    if (countCells !== undefined) return reasonOf(await countCells(id, dataKeys.describe));
    for (const version of versions.keys()) {
      if (await hasKeys('data_key', id, version)) return 'NOT_COUNTED';
    }
    return undefined;
  }

  function inUse(keyId: string, keyVersion: number, found: VersionUseReason): FieldsealError {
    const meta = { keyId, keyVersion, reason: found };
    return new FieldsealError('ERR_KEY_IN_USE', MESSAGES[found], meta);
  }

  return {
    reason,
    keyReason,
    async refuse(keyId, version) {
      const found = await reason(keyId, version);
      if (found !== undefined) throw inUse(keyId, version, found);
    },
    async refuseIndexKeys(keyId, versions) {
      for (const version of versions) {
        if (await hasKeys('index_key', keyId, version)) throw inUse(keyId, version, 'INDEX_KEYS');
      }
    },
  };
}
