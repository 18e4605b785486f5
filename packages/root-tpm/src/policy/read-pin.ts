import { invalidOption } from '../invalid-option.ts';
import { DIGEST_BYTES } from '../marshalling/tpm-constants.ts';

/** Gives the PIN when it is needed; from a file, a prompt, a vault. Bytes are wiped after use. */
export type PinSource = () => string | Uint8Array | Promise<string | Uint8Array>;

/**
 * The bytes of a PIN, in a buffer of their own.
 * @throws `ERR_CONFIG_INVALID`; nothing of what the source threw
 */
export async function readPin(source: PinSource): Promise<Buffer> {
  // what a source throws may quote what it has read
  const given: unknown = await Promise.resolve()
    .then(source)
    .catch(() => undefined);
  const isBytes = typeof given === 'string' || given instanceof Uint8Array;
  const pin = isBytes ? Buffer.from(given as Uint8Array) : Buffer.alloc(0);
  if (given instanceof Uint8Array) given.fill(0);
  // a TPM drops zeros at the end of a PIN: two PINs that differ there would be one
  if (pin.length === 0 || pin.length > DIGEST_BYTES || pin.at(-1) === 0) {
    pin.fill(0);
    throw invalidOption(
      'pin',
      'The PIN cannot be read, or is not 1 to 32 bytes without a zero at the end',
    );
  }
  return pin;
}
