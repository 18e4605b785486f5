import {
  type AuditRow,
  type ControlState,
  createMemoryStore,
  type KeyInsert,
  type KeyStore,
} from '@fieldseal/core';

/** What a backup of a key store holds. */
export interface StoreBackup {
  readonly control: ControlState;
  readonly keys: readonly KeyInsert['row'][];
}

/** The same server all the time, whatever is in it. */
export interface RestorableStore {
  readonly store: KeyStore;
  /** @param dataKeyIds - As latin1 text: those that are to be in it. */
  backup(dataKeyIds?: readonly string[]): Promise<StoreBackup>;
  /** Keys alone are restored: the audit trail stays, so that processes that wrote to it go on. */
  restore(backup: StoreBackup): Promise<void>;
}

async function auditOf(store: KeyStore): Promise<readonly AuditRow[]> {
  const rows: AuditRow[] = [];
  for (const { columns } of await store.readAuditHeads({ after: '', limit: 100 })) {
    const chain = String(columns.chain);
    rows.push(...(await store.readAudit({ chain, after: 0n, limit: 1000 })));
  }
  return rows;
}

export function restorableStore(): RestorableStore {
  let current: KeyStore = createMemoryStore();
  return {
    store: new Proxy({} as KeyStore, {
      get: (_none, name: keyof KeyStore) => current[name].bind(current),
    }),
    async backup(dataKeyIds = []) {
      const control = (await current.readControl()) as ControlState;
      const keys = await current.readKeys(
        dataKeyIds.map((id) => ({
          table: 'data_key' as const,
          id: new Uint8Array(Buffer.from(id, 'latin1')),
        })),
      );
      return { control, keys: keys as StoreBackup['keys'] };
    },
    async restore({ control: { head, rows }, keys }) {
      const trail = await auditOf(current);
      current = createMemoryStore();
      await current.writeControl({ expectedEpoch: null, put: rows, remove: [], head });
      await current.insertKeys(keys.map((row) => ({ row })));
      await current.appendAudit(trail);
    },
  };
}
