import type { AuditPoint } from './audit-chain.ts';

/**
 * Remembers outside of the database how far chains went, so that cutting their ends is found.
 * Every method may be called by several processes at once.
 */
export interface AuditAnchor {
  /** All that is remembered. */
  read(): Promise<readonly AuditPoint[]>;
  /** Remembers a signed entry; a chain never goes back. */
  write(point: AuditPoint): Promise<void>;
  /** The end of this chain stands in the management chain, which was anchored before. */
  forget(chain: string): Promise<void>;
}
