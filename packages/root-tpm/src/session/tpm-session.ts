/** A session of a TPM as this side knows it. Its nonces change with every command. */
export interface TpmSession {
  readonly handle: number;
  /** From the salt, which only the storage root key can decrypt, and the PIN if the session is bound. */
  readonly key: Buffer;
  /** The PIN of the object that is authorised, without zeros at its end; else empty. */
  authValue: Buffer;
  /** A policy session proves the PIN only after PolicyAuthValue; others always do. */
  provesAuthValue: boolean;
  nonceTpm: Buffer;
  nonceCaller: Buffer;
  /** Whether the TPM may still have it. */
  isOpen: boolean;
}

/** How a session takes part in one command. */
export interface SessionUse {
  readonly session: TpmSession;
  /** The first parameter goes to the TPM encrypted. */
  readonly decrypt?: boolean;
  /** The first parameter of the answer comes encrypted. */
  readonly encrypt?: boolean;
  /** The TPM ends the session when the command succeeds. */
  readonly isLast?: boolean;
}

/** A password in clear, for what has an empty one, and to prove that it opens nothing. */
export interface PasswordUse {
  readonly password: Buffer;
}

export type Authorization = SessionUse | PasswordUse;

export const isSessionUse = (use: Authorization): use is SessionUse => 'session' in use;
