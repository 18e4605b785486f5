import { latin1 } from '../bytes/latin1.ts';
import type { AuditedUse } from './audited-use.ts';
import { type EntryColumns, type EntryStyle, entryColumns } from './entry-columns.ts';

/**
 * What becomes one entry: all uses of a key by a principal with one action and outcome within a
 * window, the same for each data key and version, or every single operation.
 */
export type AuditDetail = 'key' | 'data-key' | 'operation';

/** Uses that are not written yet. */
export interface UseBuffer {
  /** Whether one more entry was begun by it; `false`: counted in one that is there. */
  add(use: AuditedUse, nowMs: number): boolean;
  size(): number;
  /** Gives the entries and begins anew. */
  drain(): readonly EntryColumns[];
}

interface Tally {
  readonly use: AuditedUse;
  firstMs: number;
  lastMs: number;
  operations: number;
}

type Branch = Map<string | number | undefined, Branch | Tally>;

/** Maps in maps: a joined name would cost more than all the rest, and could be ambiguous. */
function branch(of: Branch, name: string | number | undefined): Branch {
  let next = of.get(name) as Branch | undefined;
  if (next === undefined) {
    next = new Map();
    of.set(name, next);
  }
  return next;
}

function aggregated(use: AuditedUse, detail: 'key' | 'data-key'): AuditedUse {
  const { principal, action, keyId, decision, errorCode, readOnly } = use;
  const { keyVersion, dataKeyId } = detail === 'data-key' ? use : {};
  return { principal, action, keyId, decision, errorCode, readOnly, keyVersion, dataKeyId };
}

function tallies(style: EntryStyle, detail: 'key' | 'data-key'): UseBuffer {
  let root: Branch = new Map();
  let all: Tally[] = [];

  function leafOf(use: AuditedUse): { readonly leaf: Branch; readonly name: string | undefined } {
    let leaf = branch(branch(root, use.principal), use.action);
    leaf = branch(branch(leaf, use.keyId), use.decision);
    if (detail === 'data-key') {
      leaf = branch(leaf, use.keyVersion);
      leaf = branch(leaf, use.dataKeyId === undefined ? undefined : latin1(use.dataKeyId));
    }
    return { leaf, name: use.errorCode };
  }

  return {
    add(use, nowMs) {
      const { leaf, name } = leafOf(use);
      const known = leaf.get(name) as Tally | undefined;
      const operations = use.operations ?? 1;
      if (known !== undefined) {
        known.operations += operations;
        // the wall clock may be set back meanwhile
        if (nowMs > known.lastMs) known.lastMs = nowMs;
        else if (nowMs < known.firstMs) known.firstMs = nowMs;
        return false;
      }
      const tally = { use: aggregated(use, detail), firstMs: nowMs, lastMs: nowMs, operations };
      leaf.set(name, tally);
      all.push(tally);
      return true;
    },
    size: () => all.length,
    drain() {
      const drained = all;
      all = [];
      root = new Map();
      return drained.map((tally) => entryColumns(tally.use, tally, style));
    },
  };
}

function singles(style: EntryStyle): UseBuffer {
  let all: EntryColumns[] = [];
  return {
    add(use, nowMs) {
      all.push(entryColumns(use, { firstMs: nowMs }, style));
      return true;
    },
    size: () => all.length,
    drain() {
      const drained = all;
      all = [];
      return drained;
    },
  };
}

export function createUseBuffer(style: EntryStyle, detail: AuditDetail): UseBuffer {
  return detail === 'operation' ? singles(style) : tallies(style, detail);
}
