import { type ControlState, createMemoryStore, type KeyRow, type KeyStore } from '@fieldseal/core';

type Method = 'readControl' | 'readHead' | 'readEpoch' | 'writeControl' | 'readKeys' | 'insertKeys';

/** A key store that counts, and that lies, fails or waits when it is told to. */
export interface InstrumentedStore extends KeyStore {
  readonly calls: Record<Method, number>;
  /** Selectors of every `readKeys`. */
  readonly batches: number[];
  /** What `readControl` answers instead of what is stored; `null`: an empty store. */
  pretend: ((state: ControlState) => ControlState | null) | undefined;
  /** What `readKeys` answers instead of what is stored. */
  pretendKeys: ((rows: readonly KeyRow[]) => readonly KeyRow[]) | undefined;
  /** Every call fails with this. */
  failure: Error | undefined;
  /** Every call waits for this before it looks at the store. */
  gate: Promise<void> | undefined;
  closed: number;
}

/** @param store - One of its own in memory when absent; several may share one. */
export function instrumentedStore(store: KeyStore = createMemoryStore()): InstrumentedStore {
  const calls = {
    readControl: 0,
    readHead: 0,
    readEpoch: 0,
    writeControl: 0,
    readKeys: 0,
    insertKeys: 0,
  };

  async function enter(method: Method): Promise<void> {
    calls[method] += 1;
    await own.gate;
    if (own.failure !== undefined) throw own.failure;
  }

  async function answer(): Promise<ControlState | null> {
    const state = await store.readControl();
    return state === null || own.pretend === undefined ? state : own.pretend(state);
  }

  const own: InstrumentedStore = {
    calls,
    batches: [],
    pretend: undefined,
    pretendKeys: undefined,
    failure: undefined,
    gate: undefined,
    closed: 0,
    async readControl() {
      await enter('readControl');
      return answer();
    },
    async readHead() {
      await enter('readHead');
      return (await answer())?.head ?? null;
    },
    async readEpoch() {
      await enter('readEpoch');
      return (await answer())?.head.epoch ?? null;
    },
    async writeControl(change) {
      await enter('writeControl');
      return store.writeControl(change);
    },
    withRotationLock: (keyIds, work) => store.withRotationLock(keyIds, work),
    async readKeys(selectors) {
      own.batches.push(selectors.length);
      await enter('readKeys');
      const rows = await store.readKeys(selectors);
      return own.pretendKeys?.(rows) ?? rows;
    },
    async insertKeys(inserts) {
      await enter('insertKeys');
      return store.insertKeys(inserts);
    },
    listKeys: (page) => store.listKeys(page),
    replaceKeys: (replacements) => store.replaceKeys(replacements),
    appendAudit: (rows) => store.appendAudit(rows),
    readAudit: (page) => store.readAudit(page),
    readAuditHead: (chain) => store.readAuditHead(chain),
    readAuditHeads: (page) => store.readAuditHeads(page),
    readLastUse: (use) => store.readLastUse(use),
    writeCheckpoint: (row) => store.writeCheckpoint(row),
    readCheckpoints: (page) => store.readCheckpoints(page),
    readTime: () => store.readTime(),
    watch: (hint) => store.watch(hint),
    async close() {
      own.closed += 1;
    },
  };
  return own;
}
