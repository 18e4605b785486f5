import type { AuditedUse } from './audited-use.ts';
import { changeColumns, type EntryColumns, type EntryStyle } from './entry-columns.ts';
import { TRAIL_PRINCIPAL } from './trail-principal.ts';

/** Counts operations that went on without an entry, so that one entry can say so later. */
export interface GapCounter {
  count(use: AuditedUse, nowMs: number): void;
  isEmpty(): boolean;
  /** The entry about all since the last one; `undefined` when there are none. */
  take(): EntryColumns | undefined;
  /** All that were ever lost. */
  total(): number;
}

const ACTION = 'AuditGap';

export function createGapCounter(style: EntryStyle): GapCounter {
  let firstMs = 0;
  let lastMs = 0;
  let lost = 0;
  let total = 0;
  return {
    count(use, nowMs) {
      const operations = use.operations ?? 1;
      if (lost === 0) firstMs = nowMs;
      lastMs = nowMs;
      lost += operations;
      total += operations;
    },
    isEmpty: () => lost === 0,
    take() {
      if (lost === 0) return undefined;
      const use = { principal: TRAIL_PRINCIPAL, action: ACTION, readOnly: true, operations: lost };
      const errorCode = 'ERR_AUDIT_UNAVAILABLE';
      const columns = changeColumns({ ...use, errorCode, epoch: 0n }, firstMs, style);
      lost = 0;
      return { ...columns, epoch: null, ended_at: BigInt(Math.trunc(lastMs)) * 1000n };
    },
    total: () => total,
  };
}
