/** One use of a key, or several alike, as the trail keeps it. */
export interface AuditedUse {
  /** Who: the name that the application gives. */
  readonly principal: string;
  /** AWS's name of the operation or ours, such as `Decrypt`. */
  readonly action: string;
  /** Id of the key, or what was asked for where there is no such key. */
  readonly keyId?: string | undefined;
  readonly keyVersion?: number | undefined;
  /** 16 bytes. */
  readonly dataKeyId?: Uint8Array | undefined;
  /** Encryption context: kept as a keyed hash, unless the trail was told to keep it in the clear. */
  readonly context?: Readonly<Record<string, string>> | undefined;
  /** Name of the statement or grant that decided. */
  readonly decision?: string | undefined;
  /** Code of the error that the operation ended with; absent when it succeeded. Never a message. */
  readonly errorCode?: string | undefined;
  readonly requestId?: string | undefined;
  /** Whether nothing was changed by it, as CloudTrail has it. */
  readonly readOnly: boolean;
  /**
   * How many operations this stands for.
   * @defaultValue 1
   */
  readonly operations?: number | undefined;
}

/** A management operation: its entry is written in the transaction of the control change. */
export interface AuditedChange extends AuditedUse {
  /** Epoch that the change makes, so that trail and store cannot part unnoticed. */
  readonly epoch: bigint;
  /** Parameters by name: ids, names, numbers; never a value, a key or a policy's secret. */
  readonly details?: Readonly<Record<string, string | number | boolean>> | undefined;
}
