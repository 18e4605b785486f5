import { hexOf } from './hex.ts';

/** Values of hexadecimal digits by character code; 255 for anything else. */
const HEX_VALUES = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX_VALUES[digit.charCodeAt(0)] = value;
  HEX_VALUES[digit.toUpperCase().charCodeAt(0)] = value;
}

const HYPHEN = 0x2d;

function hexValue(text: string, position: number): number {
  const code = text.charCodeAt(position);
  return code < 256 ? (HEX_VALUES[code] as number) : 255;
}

/**
 * Writes the 16 bytes of a uuid in any letter case.
 * @returns `false`, with the target in an undefined state, when the text is not a uuid.
 */
export function writeUuid(target: Uint8Array, text: string, offset: number): boolean {
  if (text.length !== 36) return false;
  let position = 0;
  for (let i = 0; i < 16; i++) {
    if (position === 8 || position === 13 || position === 18 || position === 23) {
      if (text.charCodeAt(position) !== HYPHEN) return false;
      position += 1;
    }
    const high = hexValue(text, position);
    const low = hexValue(text, position + 1);
    if (high > 15 || low > 15) return false;
    target[offset + i] = (high << 4) | low;
    position += 2;
  }
  return true;
}

/** The 16 bytes of a uuid in any letter case, or `undefined` when the text is not one. */
export function uuidToBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  return writeUuid(bytes, text, 0) ? bytes : undefined;
}

/** Lower-case text of 16 bytes. */
export function uuidFromBytes(bytes: Uint8Array): string {
  const hex = hexOf(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
