import { checkColumns, columnsOf, integrityError } from '../keys/columns.ts';
import type { KeyInsert, KeyRow, KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { NewKey } from './create-key-rows.ts';
import { matchKey, matchKeysOf, scopeBytes } from './key-name.ts';

/** Makes data keys and index keys that are missing, on the store's own connection. */
export interface KeyMaker {
  /** Afterwards each has an active row, ours or that of whoever was first. */
  make(wanted: readonly Omit<NewKey, 'former'>[]): Promise<void>;
}

const BATCH = 500;

export function createKeyMaker(options: {
  readonly store: KeyStore;
  readonly secrets: StoreSecrets;
  readonly createRows: (wanted: NewKey) => KeyInsert;
}): KeyMaker {
  const { store, secrets, createRows } = options;

  /** Active rows under older key versions, which the new ones take the place of. */
  async function formerRows(
    wanted: readonly Omit<NewKey, 'former'>[],
  ): Promise<ReadonlyMap<string, KeyRow>> {
    const rows = await store.readKeys(wanted.map(selectorFor));
    const found = new Map<string, KeyRow>();
    for (const row of rows) {
      checkColumns(row);
      if (!secrets.verifyRow(row)) throw integrityError('A stored key was altered', row.table);
      for (const key of matchKeysOf(row)) found.set(key, row);
    }
    return found;
  }

  async function makeBatch(wanted: readonly Omit<NewKey, 'former'>[]): Promise<void> {
    const former = await formerRows(wanted);
    const inserts: KeyInsert[] = [];
    for (const want of wanted) {
      const row = former.get(matchKey(selectorFor(want)));
      if (row === undefined || isOutdated(row, want)) {
        inserts.push(createRows({ ...want, former: row }));
      }
    }
    if (inserts.length > 0) await store.insertKeys(inserts);
  }

  /** What is being made by now; ten first writes for one tenant make one data key. */
  const making = new Map<string, Promise<void>>();

  function begin(batch: readonly Omit<NewKey, 'former'>[]): void {
    const names = batch.map((want) => matchKey(selectorFor(want)));
    const made = makeBatch(batch).finally(() => {
      for (const name of names) making.delete(name);
    });
    for (const name of names) making.set(name, made);
  }

  return {
    async make(wanted) {
      const fresh = wanted.filter((want) => !making.has(matchKey(selectorFor(want))));
      for (let start = 0; start < fresh.length; start += BATCH) {
        begin(fresh.slice(start, start + BATCH));
      }
      const waiting = wanted.map((want) => making.get(matchKey(selectorFor(want))));
      await Promise.all(new Set(waiting));
    },
  };
}

/**
 * Whether a row is to make room. Not when somebody made it meanwhile, perhaps under a version that
 * this process has not seen yet; index keys stay whatever happens above them.
 */
function isOutdated(row: KeyRow, { table, key }: Omit<NewKey, 'former'>): boolean {
  const version = columnsOf(row).int('key_version');
  return table === 'data_key' && version < (key.primary?.version ?? 0);
}

function selectorFor({ table, key, scope }: Omit<NewKey, 'former'>) {
  return { table, keyId: key.id, scope: scopeBytes(scope), state: 'ACTIVE' } as const;
}
