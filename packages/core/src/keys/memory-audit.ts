import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { AuditPage, AuditRow, CheckpointRow, KeyStore, StoredRow } from './key-store.ts';

/** The audit part of a store in memory: chains that only grow. */
export interface MemoryAudit {
  /** @throws `ERR_STORE_CONFLICT`, with nothing added. */
  append(rows: readonly AuditRow[]): void;
  entries(page: AuditPage): readonly AuditRow[];
  head(chain: string): AuditRow | null;
  heads(page: Parameters<KeyStore['readAuditHeads']>[0]): readonly AuditRow[];
  lastUse(use: Parameters<KeyStore['readLastUse']>[0]): AuditRow | null;
  addCheckpoint(row: CheckpointRow): boolean;
  checkpoints(page: AuditPage): readonly CheckpointRow[];
}

type Chains<Row> = Map<string, Map<bigint, Row>>;

function placeOf(row: StoredRow): { readonly chain: string; readonly sequence: bigint } {
  const { chain, sequence } = row.columns;
  return { chain: String(chain), sequence: BigInt(sequence as bigint) };
}

/** When the last operation of an entry was. */
function endOf({ columns }: AuditRow): bigint {
  return (columns.ended_at ?? columns.occurred_at) as bigint;
}

/** Names in the order of their characters, as the database's "C" collation has it. */
function byName(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function pageOf<Row extends StoredRow>(chains: Chains<Row>, page: AuditPage): readonly Row[] {
  const rows = [...(chains.get(page.chain) ?? [])];
  return rows
    .filter(([sequence]) => sequence > page.after)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, page.limit)
    .map(([, row]) => structuredClone(row));
}

function has<Row extends StoredRow>(chains: Chains<Row>, row: Row): boolean {
  const { chain, sequence } = placeOf(row);
  return chains.get(chain)?.has(sequence) === true;
}

function add<Row extends StoredRow>(chains: Chains<Row>, row: Row): void {
  const { chain, sequence } = placeOf(row);
  const rows = chains.get(chain) ?? new Map<bigint, Row>();
  rows.set(sequence, structuredClone(row));
  chains.set(chain, rows);
}

export function createMemoryAudit(): MemoryAudit {
  const entries: Chains<AuditRow> = new Map();
  const checkpoints: Chains<CheckpointRow> = new Map();

  function head(chain: string): AuditRow | null {
    const rows = entries.get(chain);
    if (rows === undefined) return null;
    let newest = 0n;
    for (const sequence of rows.keys()) if (sequence > newest) newest = sequence;
    return structuredClone(rows.get(newest) ?? null);
  }

  return {
    append(rows) {
      const places = rows.map(placeOf).map(({ chain, sequence }) => `${sequence} ${chain}`);
      if (new Set(places).size < rows.length || rows.some((row) => has(entries, row))) {
        throw new FieldsealError('ERR_STORE_CONFLICT', 'Another process wrote the same entry', {
          table: 'audit_entry',
        });
      }
      for (const row of rows) add(entries, row);
    },
    entries: (page) => pageOf(entries, page),
    head,
    heads: ({ after, limit }) =>
      [...entries.keys()]
        .filter((chain) => chain > after)
        .sort(byName)
        .slice(0, limit)
        .flatMap((chain) => head(chain) ?? []),
    lastUse({ keyId, actions }) {
      let newest: AuditRow | undefined;
      for (const row of [...entries.values()].flatMap((rows) => [...rows.values()])) {
        const { key_id, action, outcome } = row.columns;
        const counts =
          key_id === keyId && actions.includes(String(action)) && outcome === 'Success';
        if (counts && (newest === undefined || endOf(row) > endOf(newest))) newest = row;
      }
      return newest === undefined ? null : structuredClone(newest);
    },
    addCheckpoint(row) {
      if (has(checkpoints, row)) return false;
      add(checkpoints, row);
      return true;
    },
    checkpoints: (page) => pageOf(checkpoints, page),
  };
}
