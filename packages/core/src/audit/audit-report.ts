/** What is wrong with an entry, a checkpoint or a chain. */
export type AuditFindingKind =
  /** An entry is not what was hashed, or not even an entry. */
  | 'edited'
  /** An entry's MAC is not of this store: somebody without the store key made it. */
  | 'unauthentic'
  /** An entry does not continue the one before: one of the two was replaced. */
  | 'unlinked'
  /** Entries are missing before this one. */
  | 'gap'
  /** An entry stands behind one that came after it. */
  | 'reordered'
  /** An entry is of another chain or environment. */
  | 'foreign'
  /** Entries at the end are missing, from this number on. */
  | 'truncated'
  /** A signed, anchored or concluded entry is another one now. */
  | 'rewritten'
  /** A checkpoint was not signed by a key that the auditor knows. */
  | 'forged-checkpoint'
  /** A chain that was opened or anchored is not there. */
  | 'missing-chain'
  /** No entry of the management chain opens this chain, or entries follow its conclusion. */
  | 'unopened-chain'
  /** Epochs of management entries jump, fall, or end before that of the store. */
  | 'epoch';

/** Where something is wrong. */
export interface AuditFinding {
  readonly kind: AuditFindingKind;
  readonly chain: string;
  readonly sequence: bigint;
}

/** One chain, as far as it goes. */
export interface AuditChainReport {
  readonly chain: string;
  readonly entries: number;
  readonly lastSequence: bigint;
  /** Up to here nobody without the store key can have written. 0: nothing is signed. */
  readonly signedUpTo: bigint;
  /** Up to here nothing can be missing. 0: everything behind the last entry may have been cut off. */
  readonly completeUpTo: bigint;
  /** Whether its process said where it ends. */
  readonly concluded: boolean;
}

/** What {@link verifyAudit} found. */
export interface AuditReport {
  /** Whether nothing was found. */
  readonly sound: boolean;
  readonly findingCount: number;
  /** The first 100. */
  readonly findings: readonly AuditFinding[];
  readonly chains: readonly AuditChainReport[];
  readonly entries: number;
  /**
   * `anchored`: the ends of all chains are held by an anchor or a conclusion, up to
   * `completeUpTo` of each. `cannot-be-excluded`: for at least one chain there is neither.
   */
  readonly truncation: 'anchored' | 'cannot-be-excluded';
}

/** Collects findings in constant memory. */
export interface Findings {
  add(kind: AuditFindingKind, chain: string, sequence: bigint): void;
  count(): number;
  first(): readonly AuditFinding[];
}

const MAX_FINDINGS = 100;

export function createFindings(): Findings {
  const first: AuditFinding[] = [];
  let count = 0;
  return {
    add(kind, chain, sequence) {
      count += 1;
      if (first.length < MAX_FINDINGS) first.push({ kind, chain, sequence });
    },
    count: () => count,
    first: () => first,
  };
}
