import { EMPTY, join, sized, u16, u32 } from './tpm-bytes.ts';
import { ALGORITHM, ATTRIBUTE, DIGEST_BYTES } from './tpm-constants.ts';

/** What a sealed object is, as far as its public area says it. */
export interface SealedKind {
  /** 32 bytes. */
  readonly policy: Buffer;
  /** Whether wrong PINs count towards the lock-out; without a PIN there is nothing to guess. */
  readonly counted: boolean;
  /** Made for another machine, which imports it: bound to that machine's key, not made in its TPM. */
  readonly imported: boolean;
}

/**
 * The attributes of a sealed object. USER_WITH_AUTH is never among them: with it a TPM gives the
 * secret for the object's password alone, which is empty without a PIN, whatever its policy says.
 */
function attributesOf({ counted, imported }: SealedKind): number {
  const made = imported ? 0 : ATTRIBUTE.FIXED_TPM | ATTRIBUTE.FIXED_PARENT;
  return ATTRIBUTE.ADMIN_WITH_POLICY | made | (counted ? 0 : ATTRIBUTE.NO_DA);
}

function head(kind: SealedKind): Buffer {
  return join(
    u16(ALGORITHM.KEYEDHASH),
    u16(ALGORITHM.SHA256),
    u32(attributesOf(kind)),
    sized(kind.policy),
    u16(ALGORITHM.NULL),
  );
}

/** What a TPM is asked to make. */
export const sealedTemplate = (kind: SealedKind): Buffer => join(head(kind), sized(EMPTY));

/** Whether a public area is of such an object, in every byte but the hash at its end. */
export function isSealedArea(publicArea: Uint8Array, kind: SealedKind): boolean {
  const start = join(head(kind), u16(DIGEST_BYTES));
  const area = Buffer.from(publicArea);
  return (
    area.length === start.length + DIGEST_BYTES && area.subarray(0, start.length).equals(start)
  );
}

/** The public area of a sealed object; `unique` is a hash of what only the TPM is to know. */
export const sealedArea = (kind: SealedKind, unique: Buffer): Buffer =>
  join(head(kind), sized(unique));
