import { equalBytes } from '../bytes/equal.ts';
import type { Engine } from '../cipher/engine.ts';
import type { AuditRow, CheckpointRow } from '../keys/key-store.ts';
import { type AuditPoint, isWellFormed } from './audit-chain.ts';
import type { AuditChainReport, AuditFindingKind, Findings } from './audit-report.ts';
import { entryHash } from './entry-hash.ts';

/** One chain, and what is known of it from elsewhere. */
export interface ChainToVerify {
  readonly chain: string;
  readonly entries: Rows<AuditRow>;
  readonly checkpoints: Rows<CheckpointRow>;
  /** What the first entry continues; absent when nobody knows. */
  readonly start: AuditPoint | undefined;
  /** Points that are held outside of the chain, by their sequence numbers. */
  readonly held: readonly AuditPoint[];
  /** Where the management chain says that it ends. */
  readonly conclusion: AuditPoint | undefined;
}

export type Rows<Row> = AsyncIterable<Row> | Iterable<Row>;

export interface ChainVerifier {
  readonly engine: Engine;
  readonly findings: Findings;
  readonly environment: string;
  /** Whether a checkpoint is signed by a known key. */
  readonly isSigned: (row: CheckpointRow) => Promise<boolean>;
  /** Whether a row's MAC is right; absent without the store key. */
  readonly verifyRow: ((row: AuditRow) => boolean) | undefined;
  /** Is shown each entry, and whether it is what was written. */
  readonly onEntry?: (row: AuditRow, isGenuine: boolean) => void;
}

/** Checkpoints in order, one looked ahead. */
function lookAhead(rows: Rows<CheckpointRow>) {
  async function* all(): AsyncGenerator<CheckpointRow> {
    yield* rows;
  }
  const iterator = all();
  let ahead: CheckpointRow | undefined;
  return async function upTo(sequence: bigint | undefined): Promise<CheckpointRow | undefined> {
    ahead ??= (await iterator.next()).value as CheckpointRow | undefined;
    const next = ahead;
    if (next === undefined) return undefined;
    const at = next.columns.sequence;
    if (sequence !== undefined && typeof at === 'bigint' && at > sequence) return undefined;
    ahead = undefined;
    return next;
  };
}

function numberOf(row: AuditRow | CheckpointRow): bigint {
  return typeof row.columns.sequence === 'bigint' ? row.columns.sequence : 0n;
}

/**
 * Follows one chain from its start to its end, in constant memory, and reports what does not fit.
 */
export async function verifyChain(
  verifier: ChainVerifier,
  subject: ChainToVerify,
): Promise<AuditChainReport> {
  const { engine, findings, environment } = verifier;
  const { chain } = subject;
  const held = [...subject.held, ...(subject.conclusion === undefined ? [] : [subject.conclusion])];
  const nextCheckpoint = lookAhead(subject.checkpoints);
  let expected = (subject.start?.sequence ?? 0n) + 1n;
  let previous = subject.start?.hash;
  let entries = 0;
  let signedUpTo = 0n;
  let completeUpTo = 0n;

  const found = (kind: AuditFindingKind, sequence: bigint): void =>
    findings.add(kind, chain, sequence);

  function isGenuine(row: AuditRow): boolean {
    const sequence = numberOf(row);
    const hash = row.columns.hash;
    const sound =
      isWellFormed(row) &&
      hash instanceof Uint8Array &&
      row.columns.sequence !== null &&
      equalBytes(entryHash(engine, row.columns), hash);
    if (!sound) found('edited', sequence || expected);
    else if (row.columns.chain !== chain || row.columns.environment !== environment) {
      found('foreign', sequence);
    } else if (verifier.verifyRow?.(row) === false) found('unauthentic', sequence);
    else return true;
    return false;
  }

  /** @returns whether the row has what the next one continues. */
  function checkContents(row: AuditRow): boolean {
    const genuine = isGenuine(row);
    verifier.onEntry?.(row, genuine);
    return row.columns.hash instanceof Uint8Array && row.columns.previous instanceof Uint8Array;
  }

  function checkPlace(row: AuditRow): void {
    const sequence = numberOf(row);
    if (sequence < expected) found('reordered', sequence);
    else if (sequence > expected) found('gap', expected);
    else if (previous !== undefined && !equalBytes(row.columns.previous as Uint8Array, previous)) {
      found('unlinked', sequence);
    }
  }

  async function checkCheckpoint(checkpoint: CheckpointRow, row: AuditRow | undefined) {
    const sequence = numberOf(checkpoint);
    const { chain: named, environment: where, entry_hash: signed } = checkpoint.columns;
    const genuine =
      isWellFormed(checkpoint) &&
      named === chain &&
      where === environment &&
      (await verifier.isSigned(checkpoint));
    if (!genuine) return found('forged-checkpoint', sequence);
    if (row === undefined) return found('truncated', expected);
    // of a missing entry the gap was reported
    if (numberOf(row) !== sequence) return;
    if (equalBytes(row.columns.hash as Uint8Array, signed as Uint8Array)) signedUpTo = sequence;
    else found('rewritten', sequence);
  }

  function checkHeld(row: AuditRow): void {
    const sequence = numberOf(row);
    for (const point of held) {
      if (point.sequence !== sequence) continue;
      if (equalBytes(point.hash, row.columns.hash as Uint8Array)) completeUpTo = sequence;
      else found('rewritten', sequence);
    }
  }

  for await (const row of subject.entries) {
    entries += 1;
    const sequence = numberOf(row);
    if (!checkContents(row)) {
      previous = undefined;
      expected += 1n;
      continue;
    }
    checkPlace(row);
    for (let next = await nextCheckpoint(sequence); next; next = await nextCheckpoint(sequence)) {
      await checkCheckpoint(next, row);
    }
    checkHeld(row);
    if (sequence < expected) continue;
    previous = row.columns.hash as Uint8Array;
    expected = sequence + 1n;
  }
  for (let next = await nextCheckpoint(undefined); next; next = await nextCheckpoint(undefined)) {
    await checkCheckpoint(next, undefined);
  }
  const last = expected - 1n;
  const beyond = held.filter((point) => point.sequence > last);
  if (beyond.length > 0) found(entries === 0 ? 'missing-chain' : 'truncated', expected);
  const end = subject.conclusion?.sequence;
  if (end !== undefined && last > end) found('unopened-chain', end + 1n);
  return {
    chain,
    entries,
    lastSequence: last,
    signedUpTo,
    completeUpTo,
    concluded: end !== undefined,
  };
}
