import { bytesFromHex, hexOf } from '../bytes/hex.ts';
import { latin1ToBytes } from '../bytes/latin1.ts';
import { checkColumns, integrityError } from '../keys/columns.ts';
import type { KeyRow, KeyStore } from '../keys/key-store.ts';
import { isShredded } from '../keys/shredded-scopes.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ControlSession } from './control-session.ts';
import { keyRowFacts } from './key-row-facts.ts';
import { invalidRequest } from './kms/request.ts';

/** A stored data key, without its material. */
export interface DataKeyDescription {
  /** 32 hexadecimal digits, as `describeCell` gives them. */
  readonly dataKeyId: string;
  /** uuid of the key that it is wrapped under. */
  readonly keyId: string;
  /** Version of that key. */
  readonly keyVersion: number;
  /** `ACTIVE` seals; `DECRYPT_ONLY` still opens, and `STAGED` does already; `REVOKED` and `SHREDDED` do neither. */
  readonly state: string;
  readonly createdAt: Date;
  /** Whose data it covers; absent for that of the whole environment. */
  readonly tenant?: string;
  readonly subject?: string;
}

/** Reads what the store has of data keys, and believes only what is authentic. */
export interface DataKeyBook {
  /**
   * Those of the ids that the store has, in no order.
   * @throws `ERR_REQUEST_INVALID`, `ERR_STORE_INTEGRITY`, `ERR_STORE_UNAVAILABLE`
   */
  describe(ids: readonly string[]): Promise<readonly DataKeyDescription[]>;
}

/** Ids of one read of the store. */
const PAGE = 1000;

function idBytes(id: unknown): Uint8Array {
  const bytes = bytesFromHex(id);
  if (bytes?.length === 16) return bytes;
  throw invalidRequest('ids', 'The id of a data key is 32 lower-case hexadecimal digits');
}

export function createDataKeyBook(options: {
  readonly store: Pick<KeyStore, 'readKeys'>;
  readonly secrets: Pick<StoreSecrets, 'verifyRow'>;
  readonly control: Pick<ControlSession, 'snapshot' | 'pollAnew'>;
}): DataKeyBook {
  const { store, secrets, control } = options;

  function described(row: KeyRow): DataKeyDescription {
    const { id, keyId, keyVersion, state, createdAtMs, scope } = keyRowFacts(row);
    const { keys, shredded, tombstones } = control.snapshot();
    if (keys.get(keyId)?.versions.has(keyVersion) !== true) {
      throw integrityError('A stored key names no version', row.table);
    }
    // a tombstone wins over what a backup may have brought back
    const isGone = tombstones.has(id) || isShredded(shredded, scope);
    return {
      dataKeyId: hexOf(latin1ToBytes(id)),
      keyId,
      keyVersion,
      state: isGone ? 'SHREDDED' : state,
      createdAt: new Date(createdAtMs),
      ...scope,
    };
  }

  async function read(ids: readonly Uint8Array[]): Promise<readonly KeyRow[]> {
    const asked = new Set(ids.map(hexOf));
    const rows = await store.readKeys(ids.map((id) => ({ table: 'data_key', id })));
    for (const row of rows) {
      checkColumns(row);
      const isAnswer = row.table === 'data_key' && asked.has(hexOf(row.columns.id as Uint8Array));
      if (!isAnswer || !secrets.verifyRow(row)) {
        throw integrityError('A stored key was altered', row.table);
      }
    }
    return rows;
  }

  return {
    async describe(given) {
      const ids = [...new Set(given)].map(idBytes);
      const rows: KeyRow[] = [];
      for (let from = 0; from < ids.length; from += PAGE) {
        rows.push(...(await read(ids.slice(from, from + PAGE))));
      }
      // once the rows are there: their versions are older than this look
      if (rows.length > 0) await control.pollAnew();
      return rows.map(described);
    },
  };
}
