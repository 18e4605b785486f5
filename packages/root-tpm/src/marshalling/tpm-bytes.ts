import { createHash } from 'node:crypto';

export const EMPTY: Buffer = Buffer.alloc(0);

export const u8 = (value: number): Buffer => Buffer.of(value);

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

/** What the specification calls a TPM2B: two bytes of length, then the bytes. */
export const sized = (bytes: Uint8Array): Buffer => join(u16(bytes.length), bytes);

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
