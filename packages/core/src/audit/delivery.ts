import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { AuditRow } from '../keys/key-store.ts';
import type { AuditSettings, AuditTrailOptions } from './audit-options.ts';
import type { EntryColumns } from './entry-columns.ts';
import type { ProcessChain } from './process-chain.ts';
import { auditUnavailable, withinDeadline } from './within-deadline.ts';

/** Entries on their way to the store and the sinks, in order. */
export interface Delivery {
  /** Entries of this process's chain. */
  add(entries: readonly EntryColumns[]): void;
  /** Entries that are in the store already, for the sinks. */
  addWritten(rows: readonly AuditRow[]): void;
  /** Entries that wait. */
  pending(): number;
  /**
   * Delivers all that wait, and stops at the first failure.
   * @throws `ERR_AUDIT_UNAVAILABLE`, `ERR_AUDIT_BROKEN`
   */
  run(): Promise<void>;
}

interface Batch {
  readonly entries: readonly EntryColumns[];
  /** Sealed once: what may have been written is never numbered anew. */
  rows: readonly AuditRow[] | undefined;
  stored: boolean;
  /** How many sinks have it. */
  sinks: number;
}

const BATCH = 500;

/** As ours; of a sink or a store only its name or code is told. */
function failed(error: unknown, part: string): FieldsealError {
  if (!(error instanceof FieldsealError)) return auditUnavailable(part);
  const ours = error.code === 'ERR_AUDIT_BROKEN' || error.code === 'ERR_AUDIT_UNAVAILABLE';
  return ours ? error : auditUnavailable(error.code);
}

export function createDelivery(
  { clock }: Pick<AuditTrailOptions, 'clock'>,
  { sinks, deadlineMs }: Pick<AuditSettings, 'sinks' | 'deadlineMs'>,
  chain: ProcessChain,
): Delivery {
  const batches: Batch[] = [];

  async function step<T>(part: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await withinDeadline(clock, deadlineMs, work);
    } catch (error) {
      throw failed(error, part);
    }
  }

  async function toSinks(batch: Batch, rows: readonly AuditRow[]): Promise<void> {
    for (const sink of sinks.slice(batch.sinks)) {
      await step(sink.name, () => sink.write(rows));
      batch.sinks += 1;
    }
  }

  async function sealed(batch: Batch): Promise<readonly AuditRow[]> {
    if (!chain.isOpen()) await step('store', () => chain.open(clock.now()));
    const opening = chain.takeOpening();
    if (opening.length > 0) batches.unshift({ entries: [], rows: opening, stored: true, sinks: 0 });
    batch.rows ??= chain.seal(batch.entries);
    return batch.rows;
  }

  async function deliver(batch: Batch): Promise<void> {
    const rows = batch.rows ?? (await sealed(batch));
    if (!batch.stored) await step('store', () => chain.append(rows));
    batch.stored = true;
    // the sinks get the opening of the chain before its entries
    if (batches[0] !== batch) return;
    await toSinks(batch, rows);
    batches.shift();
  }

  return {
    add(entries) {
      for (let from = 0; from < entries.length; from += BATCH) {
        const piece = entries.slice(from, from + BATCH);
        batches.push({ entries: piece, rows: undefined, stored: false, sinks: 0 });
      }
    },
    addWritten(rows) {
      if (sinks.length === 0 || rows.length === 0) return;
      batches.push({ entries: [], rows, stored: true, sinks: 0 });
    },
    pending: () =>
      batches.reduce((sum, { entries, rows }) => sum + (rows?.length ?? entries.length), 0),
    async run() {
      for (let batch = batches[0]; batch !== undefined; batch = batches[0]) await deliver(batch);
    },
  };
}
