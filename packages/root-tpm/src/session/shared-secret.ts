import { createECDH, type ECDH } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';
import { kdfE } from '../marshalling/key-derivation.ts';
import type { Point } from '../marshalling/public-area.ts';
import { join, sized, u8 } from '../marshalling/tpm-bytes.ts';
import { DIGEST_BYTES } from '../marshalling/tpm-constants.ts';

/** A secret that only the holder of the private key can derive, and what to send so that it can. */
export interface SharedSecret {
  /** 32 bytes. */
  readonly secret: Buffer;
  /** A point, as an encrypted secret of the specification. */
  readonly encrypted: Buffer;
}

/** `undefined` for a point that is on no curve. */
function agree(own: ECDH, point: Buffer): Buffer | undefined {
  try {
    return own.computeSecret(point);
  } catch {
    return undefined;
  }
}

/**
 * Agrees on a secret with a storage root key (part 1, section C.6.1).
 *
 * @param label - What the secret is for: `SECRET` of a session, `DUPLICATE` of an object.
 * @throws `ERR_ROOT_REFUSED` when the point is on no curve: no TPM has such a key.
 */
export function shareSecret({ x, y }: Point, label: 'SECRET' | 'DUPLICATE'): SharedSecret {
  const own = createECDH('prime256v1');
  const point = own.generateKeys();
  const ownX = point.subarray(1, 1 + DIGEST_BYTES);
  const ownY = point.subarray(1 + DIGEST_BYTES);
  const shared = agree(own, join(u8(4), x, y));
  if (shared === undefined) {
    const message = 'The storage root key of the TPM is no key';
    throw new FieldsealError('ERR_ROOT_REFUSED', message, { reason: 'SRK' });
  }
  const secret = kdfE(shared, label, ownX, x, DIGEST_BYTES * 8);
  shared.fill(0);
  return { secret, encrypted: join(sized(ownX), sized(ownY)) };
}
