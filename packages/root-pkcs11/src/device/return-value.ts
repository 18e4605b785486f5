/** What a return value says about the token, the connection to it, and what it was given. */
export type Verdict =
  /** The connection is over: session, login, object or token are gone. */
  | 'lost'
  /** The token does not do this with this key and these bytes. */
  | 'refused'
  /** Some modules say the same of bytes that were altered and of tokens that are gone. */
  | 'ambiguous';

const LOST: readonly number[] = [
  0x02, // HOST_MEMORY
  0x03, // SLOT_ID_INVALID
  0x31, // DEVICE_MEMORY
  0x32, // DEVICE_REMOVED
  0x50, // FUNCTION_CANCELED
  0x60, // KEY_HANDLE_INVALID
  0x82, // OBJECT_HANDLE_INVALID
  0xb0, // SESSION_CLOSED
  0xb1, // SESSION_COUNT
  0xb3, // SESSION_HANDLE_INVALID
  0xe0, // TOKEN_NOT_PRESENT
  0xe1, // TOKEN_NOT_RECOGNIZED
  0xf0, // UNWRAPPING_KEY_HANDLE_INVALID
  0x101, // USER_NOT_LOGGED_IN
  0x113, // WRAPPING_KEY_HANDLE_INVALID
  0x190, // CRYPTOKI_NOT_INITIALIZED
];

const REFUSED: readonly number[] = [
  0x07, // ARGUMENTS_BAD
  0x20, // DATA_INVALID
  0x21, // DATA_LEN_RANGE
  0x40, // ENCRYPTED_DATA_INVALID
  0x41, // ENCRYPTED_DATA_LEN_RANGE
  0x42, // AEAD_DECRYPT_FAILED
  0x54, // FUNCTION_NOT_SUPPORTED
  0x62, // KEY_SIZE_RANGE
  0x63, // KEY_TYPE_INCONSISTENT
  0x68, // KEY_FUNCTION_NOT_PERMITTED
  0x70, // MECHANISM_INVALID
  0x71, // MECHANISM_PARAM_INVALID
  0xc0, // SIGNATURE_INVALID
  0xf1, // UNWRAPPING_KEY_SIZE_RANGE
  0xf2, // UNWRAPPING_KEY_TYPE_INCONSISTENT
  0x110, // WRAPPED_KEY_INVALID
  0x112, // WRAPPED_KEY_LEN_RANGE
];

export const RETURN_VALUE = {
  ATTRIBUTE_SENSITIVE: 0x11,
  ATTRIBUTE_TYPE_INVALID: 0x12,
  PIN_INCORRECT: 0xa0,
  PIN_INVALID: 0xa1,
  PIN_LEN_RANGE: 0xa2,
  PIN_EXPIRED: 0xa3,
  PIN_LOCKED: 0xa4,
  TOKEN_WRITE_PROTECTED: 0xe2,
  USER_ALREADY_LOGGED_IN: 0x100,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const;

/** The number in what `pkcs11js` throws; `undefined` for anything else. */
export function returnValue(error: unknown): number | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (typeof code === 'number' && code > 0) return code;
  const written = /CKR_\w+:(\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return written === undefined ? undefined : Number(written);
}

/** Its name, which is all that is kept of an error of a module. */
export function returnName(error: unknown): string {
  const name = /^CKR_[A-Z0-9_]{1,60}/.exec(error instanceof Error ? error.message : '')?.[0];
  const value = returnValue(error);
  return name ?? (value === undefined ? 'MODULE_FAILED' : `CKR_0x${value.toString(16)}`);
}

export function verdict(error: unknown): Verdict {
  const value = returnValue(error);
  if (value === undefined) return 'ambiguous';
  if (LOST.includes(value)) return 'lost';
  return REFUSED.includes(value) ? 'refused' : 'ambiguous';
}
