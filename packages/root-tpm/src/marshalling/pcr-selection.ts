import { join, u8, u16, u32 } from './tpm-bytes.ts';
import { ALGORITHM } from './tpm-constants.ts';

const PCRS = 24;

/** Three bytes with a bit for each register. */
export function pcrMask(pcrs: readonly number[]): Buffer {
  const mask = Buffer.alloc(PCRS / 8);
  for (const pcr of pcrs) mask.writeUInt8(mask.readUInt8(pcr >> 3) | (1 << (pcr & 7)), pcr >> 3);
  return mask;
}

/** The registers of a mask, lowest first. */
export function pcrsOfMask(mask: Buffer): readonly number[] {
  return Array.from({ length: PCRS }, (_, pcr) => pcr).filter(
    (pcr) => ((mask[pcr >> 3] ?? 0) & (1 << (pcr & 7))) !== 0,
  );
}

/** A TPML_PCR_SELECTION of registers of the SHA-256 bank. */
export function pcrSelection(pcrs: readonly number[]): Buffer {
  const mask = pcrMask(pcrs);
  return join(u32(1), u16(ALGORITHM.SHA256), u8(mask.length), mask);
}
