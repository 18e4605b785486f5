/** How far above all that is known of a store the epoch is by which a restore is accepted. */
export const RESTORE_MARGIN = 1_000_000n;

/** Nobody makes so many changes between two looks at a store; whoever does loses a cache. */
const LEAST_JUMP = 10_000n;

/** Whether a store was restored between two looks at it, and that was accepted. */
export function isRestored(before: bigint, after: bigint): boolean {
  return after - before >= LEAST_JUMP;
}
