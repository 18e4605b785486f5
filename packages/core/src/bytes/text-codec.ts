/**
 * Text to bytes and back, in the form that is fastest on a platform. Chosen by the package's
 * `#text-codec` import condition; both implementations give the same bytes.
 */
export interface TextCodec {
  /** A zeroed array of the kind that the other methods are fastest with. */
  allocate(length: number): Uint8Array;
  /** UTF-8 bytes of a well-formed string. */
  utf8Length(text: string): number;
  /** Writes the UTF-8 of a well-formed string; gives the number of bytes. */
  writeUtf8(target: Uint8Array, text: string, offset: number): number;
  /** Reads UTF-8; `undefined` when it is malformed. */
  readUtf8(source: Uint8Array, start: number, end: number): string | undefined;
  /** Base64url without padding (RFC 4648 section 5). */
  toBase64url(source: Uint8Array, start: number, end: number): string;
  /**
   * Decodes a whole base64url text into `target`: only the 64 characters, no padding, no white
   * space, trailing bits zero (FORMAT.md section 3).
   *
   * @returns the number of bytes, or -1 when the text is not exactly what an encoder writes.
   */
  fromBase64url(text: string, target: Uint8Array): number;
}

/** Bytes that a base64url text of this many characters stands for, or -1 when there are none. */
export function base64urlBytes(characters: number): number {
  return characters % 4 === 1 ? -1 : Math.floor((characters * 3) / 4);
}

/** Whether the last character of a base64url text has no bits beyond the last byte. */
export function hasZeroTrailingBits(text: string): boolean {
  const last = text.charAt(text.length - 1);
  switch (text.length % 4) {
    case 2:
      return 'AQgw'.includes(last);
    case 3:
      return 'AEIMQUYcgkosw048'.includes(last);
    default:
      return true;
  }
}
