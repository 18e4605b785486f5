/** Ends a value of variable length; zeros follow. */
export const END_OF_VALUE = 0x80;

/** Up to here plaintexts grow by 16 bytes, above by Padmé steps (at most 12 % more). */
const SMALL = 256;

/**
 * Length of a padded plaintext (FORMAT.md section 3).
 *
 * @param length - Bytes of tag, value and end.
 * @param least - Pad to at least this many bytes.
 */
export function paddedLength(length: number, least = 0): number {
  const wanted = Math.max(length, least);
  if (wanted <= SMALL) return Math.ceil(wanted / 16) * 16;
  // Padmé (Nikitin et al., PETS 2019): keep as many leading bits as the exponent has digits
  const exponent = 31 - Math.clz32(wanted);
  const exponentBits = 32 - Math.clz32(exponent);
  const step = 2 ** (exponent - exponentBits);
  return Math.ceil(wanted / step) * step;
}
