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
  ATTRIBUTE.RESTRICTED |
  ATTRIBUTE.DECRYPT;

/** Everything of a storage root key but its point; the name of the object authenticates it. */
function srkHead(attributes: number): Buffer {
  return join(
    u16(ALGORITHM.ECC),
    u16(ALGORITHM.SHA256),
    u32(attributes),
    sized(EMPTY),
    u16(ALGORITHM.AES),
    u16(128),
    u16(ALGORITHM.CFB),
    u16(ALGORITHM.NULL),
    u16(CURVE_P256),
    u16(ALGORITHM.NULL),
  );
}

/** The TCG's profile leaves the key out of the lock-out, which it has no PIN for; tpm2-tools do not. */
const PROFILE_HEAD = srkHead(SRK_ATTRIBUTES | ATTRIBUTE.NO_DA);
const TOOLS_HEAD = srkHead(SRK_ATTRIBUTES);

function srkTemplate(head: Buffer, unique: Buffer): Buffer {
  return join(head, sized(unique), sized(unique));
}

/**
 * The storage root keys that are in use: of the TCG's profile and go-tpm, with zeros in `unique`; the same
 * with nothing there; and what tpm2-tools make. Each gives another key.
 */
export const SRK_TEMPLATES: readonly Buffer[] = [
  srkTemplate(PROFILE_HEAD, Buffer.alloc(DIGEST_BYTES)),
  srkTemplate(PROFILE_HEAD, EMPTY),
  srkTemplate(TOOLS_HEAD, EMPTY),
];

/** The point of a storage root key; `null` when the public area is of anything else. */
export function srkPoint(publicArea: Uint8Array): Point | null {
  const area = Buffer.from(publicArea);
  const head = area.subarray(0, PROFILE_HEAD.length);
  const isSrk = [PROFILE_HEAD, TOOLS_HEAD].some((known) => known.equals(head));
  const point = area.subarray(head.length);
  if (!isSrk || point.length !== 2 * (2 + DIGEST_BYTES)) return null;
  const reader = createTpmReader(point);
  const [x, y] = [reader.sized(), reader.rest()];
  if (x.length !== DIGEST_BYTES || y.readUInt16BE() !== DIGEST_BYTES) return null;
  return { x, y: y.subarray(2) };
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
