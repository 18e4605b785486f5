import type { AuditTrail } from '../audit/audit-trail.ts';
import { failureFacts } from '../audit/failure-facts.ts';
import { bytesFromHex, hexOf } from '../bytes/hex.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { checkColumns, columnsOf, integrityError } from '../keys/columns.ts';
import type { KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import { dataKeyVerdict } from '../keys/key-states.ts';
import type { KeyReplacement, KeyRow, KeyStore } from '../keys/key-store.ts';
import type { KeyTable } from '../keys/record-schema.ts';
import { isShredded } from '../keys/shredded-scopes.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { keyRowFacts } from './key-row-facts.ts';
import type { KeyRowWraps } from './key-row-wraps.ts';
import { isVersionUsable, requireState } from './key-usability.ts';
import { type KmsParts, namedKey } from './kms/kms-parts.ts';
import { checkMembers, flag, invalidRequest, wholeNumber } from './kms/request.ts';

/** One page of a key's stored data keys and index keys. */
export interface RewrapRequest {
  /** Id or alias of the key. */
  readonly keyId: string;
  /** Where the last page ended; absent for the first. */
  readonly after?: string;
  /**
   * Keys of the page: 1 to 1,000.
   * @defaultValue 500
   */
  readonly limit?: number;
  /** Counts, and changes nothing. */
  readonly dryRun?: boolean;
}

export interface RewrapPage {
  /** Where to go on; `null`: nothing is left. */
  readonly next: string | null;
  /** Keys under older versions that were met. */
  readonly read: number;
  /** Of them under the primary version now, or for a dry run to be. */
  readonly rewrapped: number;
  /** Of them left as they are: shredded, revoked, or changed by somebody meanwhile. */
  readonly left: number;
}

/** Wraps what is stored under older versions of a key anew under its primary version. */
export type RewrapDataKeys = (request: RewrapRequest) => Promise<RewrapPage>;

const ACTION = 'RewrapDataKeys';
const TABLES: readonly KeyTable[] = ['data_key', 'index_key'];
const LIMIT = { least: 1, most: 1000, otherwise: 500 };
const CURSOR = /^(data_key|index_key)\.(\d{1,10})\.([0-9a-f]{32})$/;

interface Cursor {
  readonly table: KeyTable;
  readonly version: number;
  readonly id: Uint8Array | null;
}

function readCursor(after: unknown): Cursor | undefined {
  if (after === undefined) return undefined;
  const [, table, version, id] = (typeof after === 'string' && CURSOR.exec(after)) || [];
  const bytes = bytesFromHex(id);
  if (bytes === undefined) throw invalidRequest('after', 'Must be where a page before ended');
  return { table: table as KeyTable, version: Number(version), id: bytes };
}

/** Places to look at, in order: each older version in each table. */
function placesOf(key: KeyRecord, from: Cursor | undefined): readonly Cursor[] {
  const older = [...key.versions.values()]
    .filter(({ state }) => state === 'DECRYPT_ONLY' || state === 'REVOKED')
    .map(({ version }) => version)
    .sort((a, b) => a - b);
  const places = TABLES.flatMap((table) => older.map((version) => ({ table, version, id: null })));
  if (from === undefined) return places;
  const at = places.findIndex((each) => each.table === from.table && each.version === from.version);
  return at < 0 ? places : [from, ...places.slice(at + 1)];
}

export function createRewrapDataKeys(options: {
  readonly store: Pick<KeyStore, 'listKeys' | 'replaceKeys'>;
  readonly secrets: Pick<StoreSecrets, 'sealRow' | 'verifyRow'>;
  readonly wraps: KeyRowWraps;
  readonly parts: Pick<KmsParts, 'access' | 'control'>;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
}): RewrapDataKeys {
  const { store, secrets, wraps, parts, trail } = options;
  const { access, control } = parts;

  /** Whether nothing opens the row any more, so that nothing can be wrapped anew. */
  function isClosed(row: KeyRow, version: KeyVersionRecord): boolean {
    const snapshot = control.snapshot();
    const { state, scope, id } = keyRowFacts(row);
    if (dataKeyVerdict('rewrap', state) !== 'ok' || snapshot.tombstones.has(id)) return true;
    return !isVersionUsable(snapshot, version, 'open') || isShredded(snapshot.shredded, scope);
  }

  function rewrapped(
    row: KeyRow,
    version: KeyVersionRecord,
    primary: KeyVersionRecord,
  ): KeyReplacement {
    const key = wraps.unwrap(row, version);
    try {
      const state = columnsOf(row).text('state');
      const columns = {
        ...row.columns,
        key_version: primary.version,
        wrapped: wraps.wrap(row, primary, key),
        // as after every rotation: the next write of the scope makes a data key of its own
        state: row.table === 'data_key' && state === 'ACTIVE' ? 'DECRYPT_ONLY' : state,
      };
      return { row: secrets.sealRow(row.table, columns), expectedMac: row.rowMac };
    } finally {
      key.fill(0);
    }
  }

  function checked(rows: readonly KeyRow[], key: KeyRecord, place: Cursor): readonly KeyRow[] {
    for (const row of rows) {
      checkColumns(row);
      const { keyId, keyVersion } = keyRowFacts(row);
      const isAnswer =
        row.table === place.table && keyId === key.id && keyVersion === place.version;
      if (!isAnswer || !secrets.verifyRow(row)) {
        throw integrityError('A stored key was altered', row.table);
      }
    }
    return rows;
  }

  async function rewrapRows(
    rows: readonly KeyRow[],
    key: KeyRecord,
    version: KeyVersionRecord,
    isDryRun: boolean,
  ): Promise<number> {
    const { primary } = key;
    if (primary === undefined) throw new FieldsealError('ERR_INTERNAL', 'The key has no material');
    const open = rows.filter((row) => !isClosed(row, version));
    if (isDryRun || open.length === 0) return open.length;
    return store.replaceKeys(open.map((row) => rewrapped(row, version, primary)));
  }

  function authorised(keyId: unknown): KeyRecord {
    const snapshot = control.snapshot();
    const key = namedKey(snapshot, 'keyId', keyId, 'alias');
    access.rights(snapshot, { operation: ACTION, key, named: keyId as string });
    requireState(snapshot, key, 'Decrypt');
    return key;
  }

  async function page(request: RewrapRequest): Promise<RewrapPage & { readonly keyId: string }> {
    const { after, limit: given, dryRun } = request;
    const from = readCursor(after);
    const limit = wholeNumber('limit', given, LIMIT);
    const isDryRun = flag('dryRun', dryRun);
    await control.poll();
    const key = authorised(request.keyId);
    for (const place of placesOf(key, from)) {
      const { table, version, id } = place;
      const which = { table, keyId: key.id, keyVersion: version };
      const rows = checked(await store.listKeys({ ...which, after: id, limit }), key, place);
      const last = rows.at(-1);
      const record = key.versions.get(version);
      if (last === undefined || record === undefined) continue;
      const count = await rewrapRows(rows, key, record, isDryRun);
      const next = `${table}.${version}.${hexOf(columnsOf(last).bytes('id', 16))}`;
      const { length: read } = rows;
      return { keyId: key.id, next, read, rewrapped: count, left: read - count };
    }
    return { keyId: key.id, next: null, read: 0, rewrapped: 0, left: 0 };
  }

  return async (request) => {
    checkMembers(request, ['keyId', 'after', 'limit', 'dryRun']);
    const principal = access.principals.current();
    trail.check();
    const use = { principal, action: ACTION, readOnly: false };
    try {
      const { keyId, ...done } = await page(request);
      if (done.rewrapped > 0 && request.dryRun !== true) {
        trail.record({ ...use, keyId, operations: done.rewrapped });
      }
      return done;
    } catch (error) {
      trail.record({ ...use, ...failureFacts(error) });
      throw error;
    }
  };
}
