import { ed25519 } from '#ed25519';
import { defaultEngine } from '#engine';
import { encodeContext } from '../bytes/context.ts';
import { bytesFromHex } from '../bytes/hex.ts';
import type { Engine } from '../cipher/engine.ts';

/** Who signed a text as evidence, of what kind, and for which store. */
export interface EvidenceSignature {
  /** What the text is, such as `coverage`: a signature of one kind is none of another. */
  readonly kind: string;
  readonly environment: string;
  /** Of the store: `fsp1.` and 27 characters. */
  readonly pin: string;
  /** Public key, as `keyring.audit.publicKey()` gives it: 64 hexadecimal digits. */
  readonly signer: string;
  /** Ed25519: 128 hexadecimal digits. */
  readonly signature: string;
}

/** What a signature covers. No row of the trail starts as it does (FORMAT.md section 7). */
export function evidenceMessage(
  engine: Pick<Engine, 'sha256'>,
  text: string,
  { kind, environment, pin }: Pick<EvidenceSignature, 'kind' | 'environment' | 'pin'>,
): Uint8Array {
  const digest = engine.sha256(new TextEncoder().encode(text));
  return encodeContext({ '#evidence': kind, env: environment, pin, digest });
}

/**
 * Whether a text is what the holder of a key signed as evidence. The key comes from whoever trusts it,
 * never from the signature.
 *
 * @param publicKey - 32 bytes, as `keyring.audit.publicKey()` gave them.
 * @throws `ERR_ENGINE_UNAVAILABLE` where the platform has no Ed25519
 *
 * @example
 * ```ts
 * import { isEvidence } from '@fieldseal/core';
 *
 * const signed = await keyring.audit.signEvidence('note', 'All keys were rotated.');
 * await isEvidence('All keys were rotated.', signed, await keyring.audit.publicKey()); // true
 * ```
 */
export async function isEvidence(
  text: string,
  given: EvidenceSignature,
  publicKey: Uint8Array,
): Promise<boolean> {
  const signature = bytesFromHex(given.signature);
  if (signature?.length !== 64) return false;
  return ed25519.verify(publicKey, evidenceMessage(defaultEngine(), text, given), signature);
}
