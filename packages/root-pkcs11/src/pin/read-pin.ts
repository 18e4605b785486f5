import { readFile } from 'node:fs/promises';
import { invalidOption } from '../invalid-option.ts';

/**
 * Where the PIN comes from when it is needed: a function, or a file whose last line break is dropped.
 * Bytes that a function gives are wiped after use.
 */
export type PinSource =
  | (() => string | Uint8Array | Promise<string | Uint8Array>)
  | { readonly file: string };

const MAX_PIN_BYTES = 255;

async function fromFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  const ends = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0;
  const pin = new Uint8Array(bytes.subarray(0, bytes.length - ends));
  bytes.fill(0);
  return pin;
}

/**
 * The PIN as bytes of their own, for the caller to wipe.
 * @throws `ERR_CONFIG_INVALID`; nothing of what the source threw
 */
export async function readPin(source: PinSource): Promise<Uint8Array> {
  // what a source throws may quote what it has read
  const given: unknown = await Promise.resolve()
    .then(() => (typeof source === 'function' ? source() : fromFile(source.file)))
    .catch(() => undefined);
  let pin = new Uint8Array(0);
  if (typeof given === 'string') pin = new TextEncoder().encode(given);
  if (given instanceof Uint8Array) {
    pin = new Uint8Array(given);
    given.fill(0);
  }
  // the binding ends a PIN at its first zero
  if (pin.length === 0 || pin.length > MAX_PIN_BYTES || pin.includes(0)) {
    pin.fill(0);
    throw invalidOption('pin', 'The PIN cannot be read, or is not 1 to 255 bytes without a zero');
  }
  return pin;
}
