import { bytesFromHex } from '../bytes/hex.ts';
import type { AuditRow } from '../keys/key-store.ts';
import { type AuditPoint, MANAGEMENT } from './audit-chain.ts';
import type { Findings } from './audit-report.ts';
import { CLOSE_ACTION, OPEN_ACTION } from './process-chain.ts';
import { TRAIL_PRINCIPAL } from './trail-principal.ts';

/** What the management chain says of the others. */
export interface ManagementFindings {
  /** To be given every entry, in order. */
  readonly see: (row: AuditRow, isGenuine: boolean) => void;
  /** What the first entry of each chain continues. */
  readonly opened: ReadonlyMap<string, AuditPoint>;
  readonly concluded: ReadonlyMap<string, AuditPoint>;
  lastEpoch(): bigint | undefined;
}

/** The one change that may skip epochs. */
export const ACCEPT_ACTION = 'AcceptRestoredStore';

function concludedPoint(details: unknown): AuditPoint | undefined {
  try {
    const { chain, hash, sequence } = JSON.parse(String(details)) as Record<string, unknown>;
    const bytes = bytesFromHex(hash);
    if (typeof chain !== 'string' || bytes?.length !== 32) return undefined;
    return { chain, sequence: BigInt(String(sequence)), hash: bytes };
  } catch {
    return undefined;
  }
}

export function createManagementFindings(findings: Findings): ManagementFindings {
  const opened = new Map<string, AuditPoint>();
  const concluded = new Map<string, AuditPoint>();
  let epoch: bigint | undefined;
  let before: AuditRow['columns'] | undefined;

  /** The trail's own notes name the newest epoch; entries of one change stand together. */
  function isOfSameChange({ principal, occurred_at }: AuditRow['columns']): boolean {
    if (principal === TRAIL_PRINCIPAL || before === undefined) return true;
    return before.principal !== TRAIL_PRINCIPAL && before.occurred_at === occurred_at;
  }

  function seeEpoch(row: AuditRow): void {
    const { epoch: now, action } = row.columns;
    const isSame = now === epoch && isOfSameChange(row.columns);
    const isNext = epoch === undefined || isSame || now === epoch + 1n;
    // somebody said that the store was restored, and lifted it above all that was seen of it
    const isLifted = action === ACCEPT_ACTION && typeof now === 'bigint' && now > (epoch ?? 0n);
    const fits = typeof now === 'bigint' && (isNext || isLifted);
    if (!fits) findings.add('epoch', MANAGEMENT, row.columns.sequence as bigint);
    if (typeof now === 'bigint') epoch = now;
    before = row.columns;
  }

  return {
    opened,
    concluded,
    lastEpoch: () => epoch,
    see(row, isGenuine) {
      if (!isGenuine) {
        // what follows cannot be compared with it
        epoch = undefined;
        before = undefined;
        return;
      }
      seeEpoch(row);
      const { action, principal, opens, hash, details } = row.columns;
      if (principal !== TRAIL_PRINCIPAL) return;
      if (action === OPEN_ACTION && typeof opens === 'string' && !opened.has(opens)) {
        opened.set(opens, { chain: opens, sequence: 0n, hash: hash as Uint8Array });
      }
      const point = action === CLOSE_ACTION ? concludedPoint(details) : undefined;
      if (point !== undefined) concluded.set(point.chain, point);
    },
  };
}
