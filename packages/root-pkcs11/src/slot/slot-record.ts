/** How the token guards the root key. */
export type MethodName = 'aes-gcm' | 'aes-key-wrap' | 'aes-cbc-hmac' | 'rsa-oaep';

/** Whose the initialisation vector is: ours, the device's own, or its own at the end of what it made. */
export type GcmWay = 'own-iv' | 'device-iv' | 'appended-iv';
/** By which call the device wraps. */
export type KeyWrapWay = 'encrypt' | 'wrap';
/** The hash of the padding. */
export type OaepWay = 'sha256' | 'sha1';

// stored are the places in these lists
const METHODS: readonly MethodName[] = ['aes-gcm', 'aes-key-wrap', 'aes-cbc-hmac', 'rsa-oaep'];
const GCM_WAYS: readonly GcmWay[] = ['own-iv', 'device-iv', 'appended-iv'];
const KEY_WRAP_WAYS: readonly KeyWrapWay[] = ['encrypt', 'wrap'];
const OAEP_WAYS: readonly OaepWay[] = ['sha256', 'sha1'];

const WAYS: Readonly<Record<MethodName, readonly string[]>> = {
  'aes-gcm': GCM_WAYS,
  'aes-key-wrap': KEY_WRAP_WAYS,
  'aes-cbc-hmac': ['sha256'],
  'rsa-oaep': OAEP_WAYS,
};

/** What a slot says of how it was sealed; authenticated together with the context of the slot. */
export interface SlotHead {
  readonly method: MethodName;
  readonly way: string;
  /** The number of the mechanism, `CKM_...`: names of key wraps differ between vendors. */
  readonly mechanism: number;
}

/** What a slot holds. */
export interface SlotRecord {
  readonly head: SlotHead;
  /** Empty where there is none. */
  readonly iv: Uint8Array;
  /** What the token made. */
  readonly sealed: Uint8Array;
  /** What was made beside it: a MAC, or the root key sealed under a key that the token has wrapped. */
  readonly beside: Uint8Array;
}

const VERSION = 1;
const HEAD_BYTES = 7;

/** Shown in lists of slots. */
export function mechanismOf({ method, way }: SlotHead): string {
  return `pkcs11-${method}-${way}`;
}

export function encodeHead({ method, way, mechanism }: SlotHead): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.set([VERSION, METHODS.indexOf(method), WAYS[method].indexOf(way)]);
  bytes.writeUInt32BE(mechanism, 3);
  return bytes;
}

export function encodeRecord({ head, iv, sealed, beside }: SlotRecord): Uint8Array {
  const sized = [iv, sealed, beside].flatMap((bytes) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(bytes.length);
    return [size, bytes];
  });
  return new Uint8Array(Buffer.concat([encodeHead(head), ...sized]));
}

function decodeHead(bytes: Buffer): SlotHead | null {
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) return null;
  const method = METHODS[bytes[1] as number];
  const way = method === undefined ? undefined : WAYS[method][bytes[2] as number];
  if (method === undefined || way === undefined) return null;
  return { method, way, mechanism: bytes.readUInt32BE(3) };
}

/** The record in a slot; `null` for bytes that {@link encodeRecord} never made. */
export function decodeRecord(mechanism: string, stored: Uint8Array): SlotRecord | null {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const head = decodeHead(bytes);
  if (head === null || mechanismOf(head) !== mechanism) return null;
  const parts: Uint8Array[] = [];
  let at = HEAD_BYTES;
  while (parts.length < 3) {
    if (at + 2 > bytes.length) return null;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return null;
    parts.push(bytes.subarray(at + 2, end));
    at = end;
  }
  const [iv, sealed, beside] = parts as [Uint8Array, Uint8Array, Uint8Array];
  return at === bytes.length ? { head, iv, sealed, beside } : null;
}
