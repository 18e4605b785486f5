import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const DEVICE = '/dev/urandom';

/** Reads a generator of the system; `false` where there is none, or one that ends. */
function readDevice(path: string, target: Uint8Array): boolean {
  let device: number;
  try {
    device = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    let filled = 0;
    while (filled < target.length) {
      const read = readSync(device, target, filled, target.length - filled, null);
      if (read === 0) return false;
      filled += read;
    }
    return true;
  } finally {
    closeSync(device);
  }
}

/**
 * OpenSSL's generator XOR the kernel's. OpenSSL keeps its state in the process, so a cloned process
 * repeats it; the kernel's is shared by all processes and reseeded when a machine is cloned.
 *
 * @param device - A file that gives random bytes, XORed where it exists.
 */
export function systemRandom(target: Uint8Array, device: string = DEVICE): void {
  randomFillSync(target);
  const other = new Uint8Array(target.length);
  if (!readDevice(device, other)) return;
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) ^ (other[i] as number);
  other.fill(0);
}
