import { equalBytes } from '../bytes/equal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type {
  ControlRow,
  ControlState,
  IndexKeyRow,
  KeyInsert,
  KeyPage,
  KeyReplacement,
  KeyRow,
  KeySelector,
  KeyStore,
  StoredRow,
  StoreHead,
} from './key-store.ts';
import { createLockQueue } from './lock-queue.ts';
import { createMemoryAudit } from './memory-audit.ts';
import { CONTROL_TABLES, type ColumnValue } from './record-schema.ts';

function text(value: ColumnValue | undefined): string {
  return value instanceof Uint8Array ? `x${String.fromCharCode(...value)}` : String(value);
}

function controlName(row: ControlRow): string {
  const key = CONTROL_TABLES[row.table].key.map((column) => text(row.columns[column]));
  return JSON.stringify([row.table, ...key]);
}

function rowName(table: string, id: ColumnValue | undefined): string {
  return JSON.stringify([table, text(id)]);
}

function scopeName(table: string, keyId: ColumnValue | undefined, scope: ColumnValue | undefined) {
  return JSON.stringify([table, text(keyId), text(scope)]);
}

function generationName({ columns }: IndexKeyRow): string {
  const { key_id: keyId, scope, generation } = columns;
  return JSON.stringify([text(keyId), text(scope), text(generation)]);
}

function copy<Row extends StoredRow>(row: Row): Row {
  return structuredClone(row);
}

/**
 * A key store in this process's memory, for tests and trials: everything in it is gone with the
 * process. It keeps the whole contract of {@link KeyStore}, so several keyrings may share one;
 * `close` leaves the rows in place for the others.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from '@fieldseal/core';
 *
 * const store = createMemoryStore();
 * console.log(await store.readEpoch()); // null: never initialised
 * ```
 */
export function createMemoryStore(): KeyStore {
  let head: StoreHead | null = null;
  const control = new Map<string, ControlRow>();
  const keys = new Map<string, KeyRow>();
  /** Row name of the active row by (table, key, scope): the unique index of a database. */
  const active = new Map<string, string>();
  /** Index keys by (key, scope, generation): another one. */
  const generations = new Set<string>();
  const hints = new Set<() => void>();
  const audit = createMemoryAudit();
  const rotate = createLockQueue();

  function announce(): void {
    for (const hint of hints) queueMicrotask(hint);
  }

  function activeRow(row: KeyRow): KeyRow | undefined {
    const name = active.get(scopeName(row.table, row.columns.key_id, row.columns.scope));
    return name === undefined ? undefined : keys.get(name);
  }

  function mayDemote(demote: NonNullable<KeyInsert['demote']>): boolean {
    const now = keys.get(rowName(demote.row.table, demote.row.columns.id));
    return now !== undefined && equalBytes(now.rowMac, demote.expectedMac);
  }

  function insert({ row, demote }: KeyInsert): KeyRow {
    const name = rowName(row.table, row.columns.id);
    const current = activeRow(row);
    const replaces = demote?.row.columns.id;
    const free = current === undefined || text(current.columns.id) === text(replaces);
    if (free && !keys.has(name) && (demote === undefined || mayDemote(demote))) {
      if (demote !== undefined) {
        keys.set(rowName(demote.row.table, demote.row.columns.id), copy(demote.row));
      }
      keys.set(name, copy(row));
      active.set(scopeName(row.table, row.columns.key_id, row.columns.scope), name);
      return copy(row);
    }
    if (current === undefined) {
      // The demoted row was changed by somebody else and nothing took its place.
      throw new FieldsealError('ERR_STORE_CONFLICT', 'Another process changed the same key', {
        table: row.table,
      });
    }
    return copy(current);
  }

  function isListed(page: KeyPage, { table, columns }: KeyRow): boolean {
    if (table !== page.table) return false;
    if ('keyId' in page) {
      return columns.key_id === page.keyId && columns.key_version === page.keyVersion;
    }
    const { tenant, subject } = page;
    return columns.tenant === tenant && (subject === undefined || columns.subject === subject);
  }

  function list(page: KeyPage): readonly KeyRow[] {
    const { after, limit } = page;
    const start = after === null ? '' : text(after);
    return [...keys.values()]
      .filter((row) => isListed(page, row))
      .map((row) => ({ row, id: text(row.columns.id) }))
      .filter(({ id }) => id > start)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map(({ row }) => copy(row));
  }

  function replace({ row, expectedMac }: KeyReplacement): boolean {
    const name = rowName(row.table, row.columns.id);
    const now = keys.get(name);
    if (now === undefined || !equalBytes(now.rowMac, expectedMac)) return false;
    keys.set(name, copy(row));
    const scope = scopeName(row.table, row.columns.key_id, row.columns.scope);
    if (row.columns.state !== 'ACTIVE' && active.get(scope) === name) active.delete(scope);
    return true;
  }

  function indexKeys({ keyId, from, to }: Extract<KeySelector, { readonly from: number }>) {
    const isIn = (place: ColumnValue | undefined): boolean =>
      typeof place === 'number' && place >= from && place <= to;
    return [...keys.values()].filter(
      ({ table, columns }) =>
        table === 'index_key' && columns.key_id === keyId && isIn(columns.place),
    );
  }

  function find(selector: KeySelector): readonly KeyRow[] {
    if ('from' in selector) return indexKeys(selector);
    const name =
      'id' in selector
        ? rowName(selector.table, selector.id)
        : active.get(scopeName(selector.table, selector.keyId, selector.scope));
    const row = name === undefined ? undefined : keys.get(name);
    return row === undefined ? [] : [row];
  }

  function requireAbsent(row: ControlRow): void {
    if (!control.has(controlName(row))) return;
    const message = 'A new row of the change is there already';
    throw new FieldsealError('ERR_STORE_CONFLICT', message, { table: row.table });
  }

  function requireNew(row: IndexKeyRow): void {
    if (!keys.has(rowName(row.table, row.columns.id)) && !generations.has(generationName(row)))
      return;
    const message = 'Another process registered the same index key';
    throw new FieldsealError('ERR_STORE_CONFLICT', message, { table: row.table });
  }

  function addIndexKey(row: IndexKeyRow): void {
    keys.set(rowName(row.table, row.columns.id), copy(row));
    generations.add(generationName(row));
  }

  return {
    readControl: async (): Promise<ControlState | null> =>
      head === null ? null : structuredClone({ head, rows: [...control.values()] }),
    readHead: async () => structuredClone(head),
    readEpoch: async () => head?.epoch ?? null,
    async writeControl(change) {
      if ((head?.epoch ?? null) !== change.expectedEpoch) return false;
      // first, as these are the parts that may be refused
      const { add = [], indexKeys = [] } = change;
      for (const row of add) requireAbsent(row);
      for (const row of indexKeys) requireNew(row);
      audit.append(change.audit ?? []);
      for (const row of change.remove) control.delete(controlName(row));
      for (const row of [...add, ...change.put]) control.set(controlName(row), copy(row));
      for (const row of indexKeys) addIndexKey(row);
      head = structuredClone(change.head);
      announce();
      return true;
    },
    withRotationLock: (_keyIds, work) => rotate(work),
    async readKeys(selectors) {
      const found = new Map<string, KeyRow>();
      for (const selector of selectors) {
        for (const row of find(selector)) {
          found.set(rowName(row.table, row.columns.id), copy(row));
        }
      }
      return [...found.values()];
    },
    async insertKeys(inserts) {
      const winners = inserts.map(insert);
      announce();
      return winners;
    },
    listKeys: async (page) => list(page),
    async replaceKeys(replacements) {
      const { length } = replacements.filter(replace);
      announce();
      return length;
    },
    appendAudit: async (rows) => audit.append(rows),
    readAudit: async (page) => audit.entries(page),
    readAuditHead: async (chain) => audit.head(chain),
    readAuditHeads: async (page) => audit.heads(page),
    readLastUse: async (use) => audit.lastUse(use),
    writeCheckpoint: async (row) => audit.addCheckpoint(row),
    readCheckpoints: async (page) => audit.checkpoints(page),
    readTime: async () => null,
    watch(hint) {
      hints.add(hint);
      return () => void hints.delete(hint);
    },
    close: async () => {},
  };
}
