/** What a slot belongs to; a root authenticates all of it. */
export interface SlotContext {
  /** uuid, lower case. */
  readonly slotId: string;
  readonly environment: string;
  readonly rootGeneration: number;
  /** 32 bytes: the commitment of the root key. */
  readonly commitment: Uint8Array;
}

/** What a root stores of a sealed root key. */
export interface SealedRoot {
  /** What the driver did, such as `tpm2-policy-signed`; 1 to 64 characters. */
  readonly mechanism: string;
  /** At most 16 KiB, opaque to everybody else. */
  readonly sealed: Uint8Array;
}

/**
 * A device or service that seals the root key. Drivers live in packages of their own.
 *
 * Failure contract: a device that does not answer is `ERR_ROOT_UNAVAILABLE` (retryable); one that
 * answers and refuses until somebody does something (wrong PIN, lock-out) is `ERR_ROOT_REFUSED` (not
 * retryable: trying again may do harm); a slot of this kind that this device cannot open (other
 * device, other context, altered bytes) gives `null`, so that the next slot is tried. A driver never
 * logs and never keeps the root key.
 */
export interface Root {
  /** Kind of slot that this root makes and opens, such as `tpm` or `dev-file`. */
  readonly kind: string;
  /** Only for development and tests; refused by production stores. */
  readonly development: boolean;
  /**
   * Whether it opens the store when the machines that run the application are gone, such as shares on
   * paper. The last slot of such a root is never removed.
   * @defaultValue false
   */
  readonly recovery?: boolean;
  /**
   * Whether opening takes a person, or spends one of few attempts, such as those of a PIN: it is asked only
   * when no other root opens the store.
   * @defaultValue false
   */
  readonly interactive?: boolean;
  /**
   * Names what it is lost with, such as a machine or an account of a cloud: 1 to 128 characters. Roots of
   * one name count as one; one without a name is lost with nothing else.
   */
  readonly failureDomain?: string;
  /** Seals 32 bytes. */
  seal(rootKey: Uint8Array, context: SlotContext): Promise<SealedRoot>;
  /** Gives the 32 bytes back, or `null` when the slot is not this device's. */
  open(slot: SealedRoot, context: SlotContext): Promise<Uint8Array | null>;
}

/**
 * Remembers the highest epoch outside the database, so that a rolled-back store is noticed.
 * Failure contract: unreadable or malformed is `ERR_CONFIG_INVALID`; `write` is durable when it resolves.
 */
export interface EpochAnchor {
  /** The last written epoch and the pin it belongs to, or `null` when there is none yet. */
  read(): Promise<{ readonly pin: string; readonly epoch: bigint } | null>;
  write(entry: { readonly pin: string; readonly epoch: bigint }): Promise<void>;
}
