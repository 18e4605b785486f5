import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { kdfA } from '../marshalling/key-derivation.ts';
import { nameOf, type Point } from '../marshalling/public-area.ts';
import { sealedArea } from '../marshalling/sealed-area.ts';
import { EMPTY, join, sha256, sized, u16 } from '../marshalling/tpm-bytes.ts';
import { ALGORITHM, DIGEST_BYTES } from '../marshalling/tpm-constants.ts';
import { slotPolicyDigest } from '../policy/slot-policy.ts';
import { shareSecret } from '../session/shared-secret.ts';
import type { SealRequest } from './seal-slot.ts';
import type { SlotRecord } from './slot-record.ts';

/** Encrypts as a storage key does, so that its TPM imports it (part 1, section 23.3). */
function wrapFor(seed: Buffer, name: Buffer, sensitive: Buffer): Buffer {
  const key = kdfA(seed, 'STORAGE', name, EMPTY, 128);
  const macKey = kdfA(seed, 'INTEGRITY', EMPTY, EMPTY, DIGEST_BYTES * 8);
  // zeros for an IV: the key is used once
  const cipher = createCipheriv('aes-128-cfb', key, Buffer.alloc(16));
  const encrypted = join(cipher.update(sized(sensitive)), cipher.final());
  const mac = createHmac('sha256', macKey).update(join(encrypted, name)).digest();
  for (const secret of [key, macKey]) secret.fill(0);
  return join(sized(mac), encrypted);
}

/** Seals for a storage root key, without its TPM. */
export function duplicateSlot(
  srk: { readonly name: Buffer; readonly point: Point },
  { payload, policy, pin }: SealRequest,
): SlotRecord {
  const hasPin = pin !== undefined;
  const kind = { policy: slotPolicyDigest(policy, hasPin), counted: hasPin, imported: true };
  const blinding = randomBytes(DIGEST_BYTES);
  const publicArea = sealedArea(kind, sha256(blinding, payload));
  const sensitive = join(
    u16(ALGORITHM.KEYEDHASH),
    sized(pin ?? EMPTY),
    sized(blinding),
    sized(payload),
  );
  const { secret, encrypted: encryptedSeed } = shareSecret(srk.point, 'DUPLICATE');
  const privateArea = wrapFor(secret, nameOf(publicArea), sensitive);
  for (const bytes of [secret, sensitive, blinding]) bytes.fill(0);
  return { policy, hasPin, parentName: srk.name, publicArea, privateArea, encryptedSeed };
}
