import { equalBytes } from '../bytes/equal.ts';
import { hexOf } from '../bytes/hex.ts';
import { latin1 } from '../bytes/latin1.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { AuditRow, KeyStore } from '../keys/key-store.ts';
import {
  type AuditChain,
  type AuditPoint,
  brokenChain,
  type ChainKeys,
  checkEntry,
  continueChain,
  pointOf,
} from './audit-chain.ts';
import { changeColumns, type EntryColumns, type EntryStyle } from './entry-columns.ts';
import type { ManagementChain } from './management-chain.ts';
import { TRAIL_PRINCIPAL } from './trail-principal.ts';

/** The chain of this process. */
export interface ProcessChain {
  isOpen(): boolean;
  head(): AuditPoint;
  /** Makes the chain known: an entry in the management chain and its own first one, at once. */
  open(nowMs: number): Promise<void>;
  /** The entries that opened it: once, then none. */
  takeOpening(): readonly AuditRow[];
  /** The next entries; `open` has been called. To be written with {@link ProcessChain.append}. */
  seal(columns: readonly EntryColumns[]): readonly AuditRow[];
  /** Writes sealed entries; again, after an answer was lost, does no harm. */
  append(rows: readonly AuditRow[]): Promise<void>;
  /** Says in the management chain where this one ends. */
  conclude(nowMs: number): Promise<readonly AuditRow[]>;
}

export const OPEN_ACTION = 'OpenAuditChain';
export const CLOSE_ACTION = 'CloseAuditChain';
const ATTEMPTS = 10;

function isConflict(error: unknown): boolean {
  return error instanceof FieldsealError && error.code === 'ERR_STORE_CONFLICT';
}

export function createProcessChain(
  options: ChainKeys & {
    readonly store: KeyStore;
    readonly management: ManagementChain;
    readonly style: EntryStyle;
    readonly name: string;
    /** For people: host and process. */
    readonly process: string;
  },
): ProcessChain {
  const { store, management, style, name } = options;
  /** Openings that were tried, by their first entry; one may be there although its answer was lost. */
  const attempted = new Map<string, readonly AuditRow[]>();
  let own: AuditChain | undefined;
  let opening: readonly AuditRow[] = [];

  /** Adds to the management chain, again when somebody else was first. */
  async function inManagement(
    make: (end: { readonly epoch: bigint; readonly chain: AuditChain }) => readonly AuditRow[],
  ): Promise<readonly AuditRow[]> {
    for (let attempt = 1; ; attempt++) {
      const rows = make(await management.end());
      try {
        await store.appendAudit(rows);
        management.wrote(rows);
        return rows;
      } catch (error) {
        if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  function note(
    action: string,
    at: { readonly nowMs: number; readonly epoch: bigint },
    details: Readonly<Record<string, string>>,
  ): EntryColumns {
    const change = {
      principal: TRAIL_PRINCIPAL,
      action,
      readOnly: false,
      epoch: at.epoch,
      details,
    };
    return changeColumns(change, at.nowMs, style);
  }

  function openingRows(nowMs: number, epoch: bigint, chain: AuditChain): readonly AuditRow[] {
    const process = options.process.slice(0, 256);
    const columns = note(OPEN_ACTION, { nowMs, epoch }, { process });
    const announcement = chain.seal({ ...columns, opens: name });
    // linked to its opening: an old chain cannot be shown as a new one
    const { hash } = pointOf(announcement);
    const first = continueChain(options, { chain: name, sequence: 0n, hash });
    const row = first.seal({ ...columns, epoch: null });
    const rows = [announcement, row];
    attempted.set(latin1(pointOf(row).hash), rows);
    return rows;
  }

  /** A late answer of an attempt that was given up must not turn the chain back. */
  function begin(rows: readonly AuditRow[]): void {
    const last = rows.at(-1);
    if (own !== undefined || last === undefined) return;
    own = continueChain(options, pointOf(last));
    opening = rows;
  }

  /** Takes over what an earlier attempt wrote although its answer was lost. */
  async function adopt(): Promise<boolean> {
    const row = await store.readAuditHead(name);
    if (row === null) return false;
    const rows = attempted.get(latin1(checkEntry(options, row).hash));
    if (rows === undefined) throw brokenChain('CHAIN_TAKEN');
    begin(rows);
    return true;
  }

  function opened(): AuditChain {
    if (own === undefined) throw new FieldsealError('ERR_INTERNAL', 'The audit chain is not open');
    return own;
  }

  return {
    isOpen: () => own !== undefined,
    head: () => opened().head(),
    async open(nowMs) {
      if (await adopt()) return;
      begin(await inManagement(({ epoch, chain }) => openingRows(nowMs, epoch, chain)));
    },
    takeOpening() {
      const rows = opening;
      opening = [];
      return rows;
    },
    seal: (columns) => columns.map((each) => opened().seal(each)),
    async append(rows) {
      const last = rows.at(-1);
      if (last === undefined) return;
      try {
        await store.appendAudit(rows);
      } catch (error) {
        if (!isConflict(error)) throw error;
        const head = await store.readAuditHead(name);
        const written = head !== null && equalBytes(pointOf(head).hash, pointOf(last).hash);
        if (!written) throw brokenChain('CHAIN_TAKEN');
      }
    },
    conclude(nowMs) {
      const { sequence, hash } = opened().head();
      return inManagement(({ epoch, chain }) => [
        chain.seal(
          note(
            CLOSE_ACTION,
            { nowMs, epoch },
            { chain: name, hash: hexOf(hash), sequence: String(sequence) },
          ),
        ),
      ]);
    },
  };
}
