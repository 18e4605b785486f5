import { FieldsealError } from '../errors/fieldseal-error.ts';
import { checkColumns, columnsOf, integrityError } from '../keys/columns.ts';
import type { DataKeyRow, KeyInsert, KeyRow, KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ControlSession } from './control-session.ts';
import type { KeyRows, NewKey } from './create-key-rows.ts';
import type { IsDataKeyAged } from './data-key-age.ts';
import { matchKey, matchKeysOf, scopeBytes } from './key-name.ts';
import { requireScope } from './key-usability.ts';
import { requireScopeSize } from './require-scope-size.ts';

/** Makes data keys that are missing, on the store's own connection. */
export interface DataKeyMaker {
  /** Afterwards each has an active row, ours or that of whoever was first. */
  make(wanted: readonly NewKey[]): Promise<void>;
}

const BATCH = 500;

export function createDataKeyMaker(options: {
  readonly store: KeyStore;
  readonly secrets: StoreSecrets;
  readonly rows: Pick<KeyRows, 'dataKey'>;
  readonly isAged: IsDataKeyAged;
  readonly control: Pick<ControlSession, 'snapshot' | 'pollAnew'>;
}): DataKeyMaker {
  const { store, secrets, rows, isAged, control } = options;

  /** Nobody whose keys were shredded gets new ones, nor whose name no row could hold. */
  function requireScopes(wanted: readonly NewKey[]): void {
    for (const { key, scope } of wanted) {
      requireScopeSize(key.id, scope);
      requireScope(control.snapshot(), scope, key.id);
    }
  }

  /** Active rows under older key versions or of great age, which the new ones take the place of. */
  async function formerRows(wanted: readonly NewKey[]): Promise<ReadonlyMap<string, DataKeyRow>> {
    const found = new Map<string, DataKeyRow>();
    for (const row of await store.readKeys(wanted.map(selectorFor))) {
      checkColumns(row);
      if (!isDataKeyRow(row)) throw integrityError('The key store answered with another table');
      if (!secrets.verifyRow(row)) throw integrityError('A stored key was altered', row.table);
      for (const key of matchKeysOf(row)) found.set(key, row);
    }
    return found;
  }

  /** @returns whether there was anything to make */
  async function insertMissing(wanted: readonly NewKey[]): Promise<boolean> {
    const former = await formerRows(wanted);
    const inserts: KeyInsert[] = [];
    for (const want of wanted) {
      const row = former.get(matchKey(selectorFor(want)));
      if (row === undefined || isOutdated(row, want, isAged)) {
        inserts.push(rows.dataKey(want, row));
      }
    }
    if (inserts.length === 0) return false;
    await store.insertKeys(inserts);
    return true;
  }

  async function makeBatch(wanted: readonly NewKey[]): Promise<void> {
    // a row that makes room may be wrapped anew just then, and stops being active by that
    const isLost = (error: unknown): boolean =>
      error instanceof FieldsealError && error.code === 'ERR_STORE_CONFLICT';
    const isMade = await insertMissing(wanted).catch((error: unknown) => {
      if (!isLost(error)) throw error;
      return insertMissing(wanted);
    });
    if (!isMade) return;
    // The scope may have been shredded by somebody while its key was made. Either the new row was
    // there when they looked for rows to erase, or this look finds their tombstone.
    await control.pollAnew();
    requireScopes(wanted);
  }

  /** What is being made by now; ten first writes for one tenant make one data key. */
  const making = new Map<string, Promise<void>>();

  function begin(batch: readonly NewKey[]): void {
    const names = batch.map((want) => matchKey(selectorFor(want)));
    const made = makeBatch(batch).finally(() => {
      for (const name of names) making.delete(name);
    });
    for (const name of names) making.set(name, made);
  }

  return {
    async make(wanted) {
      requireScopes(wanted);
      const fresh = wanted.filter((want) => !making.has(matchKey(selectorFor(want))));
      for (let start = 0; start < fresh.length; start += BATCH) {
        begin(fresh.slice(start, start + BATCH));
      }
      const waiting = wanted.map((want) => making.get(matchKey(selectorFor(want))));
      await Promise.all(new Set(waiting));
    },
  };
}

function isDataKeyRow(row: KeyRow): row is DataKeyRow {
  return row.table === 'data_key';
}

/**
 * Whether a row is to make room. Not when somebody made it meanwhile, perhaps under a version that
 * this process has not seen yet.
 */
function isOutdated(row: KeyRow, { key }: NewKey, isAged: IsDataKeyAged): boolean {
  const columns = columnsOf(row);
  const version = columns.int('key_version');
  const primary = key.primary?.version ?? 0;
  if (version !== primary) return version < primary;
  return isAged(Number(columns.timestamp('created_at') / 1000n));
}

function selectorFor({ key, scope }: NewKey) {
  return { table: 'data_key', keyId: key.id, scope: scopeBytes(scope), state: 'ACTIVE' } as const;
}
