/** Codes of the commands that are used (TPM 2.0 Library, part 2, section 6.5). */
export const COMMAND = {
  CREATE_PRIMARY: 0x131,
  CREATE: 0x153,
  IMPORT: 0x156,
  LOAD: 0x157,
  UNSEAL: 0x15e,
  FLUSH_CONTEXT: 0x165,
  LOAD_EXTERNAL: 0x167,
  POLICY_AUTHORIZE: 0x16a,
  POLICY_AUTH_VALUE: 0x16b,
  POLICY_COMMAND_CODE: 0x16c,
  READ_PUBLIC: 0x173,
  START_AUTH_SESSION: 0x176,
  VERIFY_SIGNATURE: 0x177,
  PCR_READ: 0x17e,
  POLICY_PCR: 0x17f,
} as const;

export const ALGORITHM = {
  AES: 0x06,
  KEYEDHASH: 0x08,
  SHA256: 0x0b,
  NULL: 0x10,
  ECDSA: 0x18,
  ECC: 0x23,
  CFB: 0x43,
} as const;

/** Handles that every TPM has. */
export const HANDLE = { OWNER: 0x40000001, NULL: 0x40000007, PASSWORD: 0x40000009 } as const;

/** Attributes of an object (part 2, section 8.3). */
export const ATTRIBUTE = {
  FIXED_TPM: 0x2,
  FIXED_PARENT: 0x10,
  SENSITIVE_DATA_ORIGIN: 0x20,
  USER_WITH_AUTH: 0x40,
  ADMIN_WITH_POLICY: 0x80,
  NO_DA: 0x400,
  RESTRICTED: 0x10000,
  DECRYPT: 0x20000,
  SIGN: 0x40000,
} as const;

/** Attributes of a session in one command (part 2, section 8.4). */
export const SESSION_ATTRIBUTE = { CONTINUE: 0x01, DECRYPT: 0x20, ENCRYPT: 0x40 } as const;

/** Whether a message carries sessions. */
export const TAG = { NO_SESSIONS: 0x8001, SESSIONS: 0x8002 } as const;

export const CURVE_P256 = 3;
/** Bytes of SHA-256, of a coordinate on P-256, and of every nonce that is used. */
export const DIGEST_BYTES = 32;
