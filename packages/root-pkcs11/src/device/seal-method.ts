import type { SlotHead, SlotRecord } from '../slot/slot-record.ts';
import type { Handle } from './cryptoki.ts';
import type { CryptokiModule } from './cryptoki-module.ts';

/** A session that is lent for one call. */
export interface LentSession {
  readonly module: CryptokiModule;
  readonly session: Handle;
}

/** One way in which a token can guard 32 bytes. */
export interface SealMethod {
  /** What it writes of itself; it opens records with this head, and no others. */
  readonly head: SlotHead;
  /**
   * Seals 32 bytes for a context of 32 bytes; `undefined` when the token does not keep to this way.
   * Throws what the module throws.
   */
  seal(lent: LentSession, secret: Buffer, context: Uint8Array): Promise<SlotRecord | undefined>;
  /** The 32 bytes, for the caller to wipe; `null` when they are not what was sealed. */
  open(lent: LentSession, record: SlotRecord, context: Uint8Array): Promise<Buffer | null>;
}

export const SECRET_BYTES = 32;
