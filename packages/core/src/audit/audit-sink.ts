import type { AuditRow, CheckpointRow } from '../keys/key-store.ts';

/**
 * Where entries go besides the store. Each entry is given at least once and in the order of its
 * chain; after a failure, or an answer that came too late, the same ones are given again.
 *
 * What a sink throws is never shown, only its name. While it fails the trail is as unavailable as
 * without its store.
 */
export interface AuditSink {
  /** For messages: `[a-z0-9-]`. */
  readonly name: string;
  write(rows: readonly AuditRow[]): void | Promise<void>;
  checkpoint(row: CheckpointRow): void | Promise<void>;
  close(): void | Promise<void>;
}
