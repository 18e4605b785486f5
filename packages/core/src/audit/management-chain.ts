import { equalBytes } from '../bytes/equal.ts';
import type { AuditRow, KeyStore } from '../keys/key-store.ts';
import { rolledBack } from '../keys/rolled-back.ts';
import type { AuditAnchor } from './audit-anchor.ts';
import {
  type AuditChain,
  type AuditPoint,
  brokenChain,
  type ChainKeys,
  checkEntry,
  continueChain,
  MANAGEMENT,
  pointOf,
  startOf,
} from './audit-chain.ts';

/** The end of the management chain as it is now; others write to it as well. */
export interface ManagementEnd {
  readonly chain: AuditChain;
  readonly point: AuditPoint;
  /** Epoch of the newest entry, or of the store when there is none yet. */
  readonly epoch: bigint;
}

export interface ManagementChain {
  /**
   * Reads the end and checks it.
   * @throws `ERR_AUDIT_BROKEN` when it is forged or shorter than it was, `ERR_STORE_UNAVAILABLE`
   */
  end(): Promise<ManagementEnd>;
  /**
   * Entry and change are written in one transaction, so no store is older than its trail: one that is
   * was put back without it.
   * @throws `ERR_STORE_ROLLED_BACK`, and as `end`
   */
  requireNewStore(): Promise<void>;
  /** These entries of it were written: it must never be shorter again. */
  wrote(rows: readonly AuditRow[]): void;
}

export function createManagementChain(
  options: ChainKeys & { readonly store: KeyStore; readonly anchor: AuditAnchor | undefined },
): ManagementChain {
  const { store, anchor } = options;
  let known = startOf(MANAGEMENT);
  let compared = anchor === undefined;

  /** Before the first use: what the host remembers must still be there. */
  async function compareWithAnchor(): Promise<void> {
    const points = (await anchor?.read()) ?? [];
    const point = points.find(({ chain }) => chain === MANAGEMENT);
    if (point !== undefined) {
      const page = { chain: MANAGEMENT, after: point.sequence - 1n, limit: 1 };
      const [row] = await store.readAudit(page);
      if (row === undefined) throw brokenChain('TRUNCATED');
      if (!equalBytes(checkEntry(options, row).hash, point.hash)) throw brokenChain('REWRITTEN');
    }
    compared = true;
  }

  /** A chain only grows: whoever cut it must not have the rest signed as the whole. */
  function remember(point: AuditPoint): void {
    if (point.sequence < known.sequence) throw brokenChain('TRUNCATED');
    if (point.sequence === known.sequence && !equalBytes(point.hash, known.hash)) {
      throw brokenChain('REWRITTEN');
    }
    known = point;
  }

  async function epochOf(row: AuditRow | null): Promise<bigint> {
    const named = row?.columns.epoch;
    return typeof named === 'bigint' ? named : ((await store.readEpoch()) ?? 0n);
  }

  async function end(): Promise<ManagementEnd> {
    if (!compared) await compareWithAnchor();
    const before = known;
    const row = await store.readAuditHead(MANAGEMENT);
    const point = row === null ? startOf(MANAGEMENT) : checkEntry(options, row);
    // an answer that was overtaken by a later one is no evidence
    if (known === before) remember(point);
    return { chain: continueChain(options, point), point, epoch: await epochOf(row) };
  }

  return {
    end,
    async requireNewStore() {
      const newest = await end();
      // asked afterwards: whatever others change meanwhile only makes it newer
      const stored = (await store.readEpoch()) ?? 0n;
      if (stored < newest.epoch) throw rolledBack(stored);
    },
    wrote(rows) {
      for (const point of rows.map(pointOf)) {
        if (point.chain === MANAGEMENT && point.sequence > known.sequence) known = point;
      }
    },
  };
}
