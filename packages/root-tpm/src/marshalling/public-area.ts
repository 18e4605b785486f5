import { EMPTY, join, sha256, sized, u16, u32 } from './tpm-bytes.ts';
import { ALGORITHM, ATTRIBUTE, CURVE_P256, DIGEST_BYTES } from './tpm-constants.ts';
import { createTpmReader } from './tpm-reader.ts';

/** A point on P-256, 32 bytes each. */
export interface Point {
  readonly x: Buffer;
  readonly y: Buffer;
}

const SRK_ATTRIBUTES =
  ATTRIBUTE.FIXED_TPM |
  ATTRIBUTE.FIXED_PARENT |
  ATTRIBUTE.SENSITIVE_DATA_ORIGIN |
  ATTRIBUTE.USER_WITH_AUTH |
  ATTRIBUTE.NO_DA |
  ATTRIBUTE.RESTRICTED |
  ATTRIBUTE.DECRYPT;

/** Everything of a storage root key but its point; the name of the object authenticates it. */
const SRK_HEAD = join(
  u16(ALGORITHM.ECC),
  u16(ALGORITHM.SHA256),
  u32(SRK_ATTRIBUTES),
  sized(EMPTY),
  u16(ALGORITHM.AES),
  u16(128),
  u16(ALGORITHM.CFB),
  u16(ALGORITHM.NULL),
  u16(CURVE_P256),
  u16(ALGORITHM.NULL),
);

function srkTemplate(unique: Buffer): Buffer {
  return join(SRK_HEAD, sized(unique), sized(unique));
}

/**
 * The storage root keys that are in use, which differ in what stands in `unique` alone: zeros, as the
 * TCG's profile and go-tpm have it, and nothing, as tpm2-tools have it. Each gives another key.
 */
export const SRK_TEMPLATES: readonly Buffer[] = [
  srkTemplate(Buffer.alloc(DIGEST_BYTES)),
  srkTemplate(EMPTY),
];

/** The point of a storage root key; `null` when the public area is of anything else. */
export function srkPoint(publicArea: Uint8Array): Point | null {
  const area = Buffer.from(publicArea);
  const length = SRK_HEAD.length + 2 * (2 + DIGEST_BYTES);
  if (area.length !== length || !area.subarray(0, SRK_HEAD.length).equals(SRK_HEAD)) return null;
  const reader = createTpmReader(area.subarray(SRK_HEAD.length));
  if (reader.u16() !== DIGEST_BYTES) return null;
  const x = reader.take(DIGEST_BYTES);
  if (reader.u16() !== DIGEST_BYTES) return null;
  return { x, y: reader.take(DIGEST_BYTES) };
}

/** The public area of a key that signs policies: ECDSA on P-256 with SHA-256. */
export function policyKeyArea({ x, y }: Point): Buffer {
  return join(
    u16(ALGORITHM.ECC),
    u16(ALGORITHM.SHA256),
    u32(ATTRIBUTE.SIGN | ATTRIBUTE.USER_WITH_AUTH),
    sized(EMPTY),
    u16(ALGORITHM.NULL),
    u16(ALGORITHM.ECDSA),
    u16(ALGORITHM.SHA256),
    u16(CURVE_P256),
    u16(ALGORITHM.NULL),
    sized(x),
    sized(y),
  );
}

/** The name of an object: its public area, hashed. */
export function nameOf(publicArea: Uint8Array): Buffer {
  return join(u16(ALGORITHM.SHA256), sha256(publicArea));
}
