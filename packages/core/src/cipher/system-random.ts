import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const DEVICE = '/dev/urandom';

/** Reads the kernel's generator; `false` where there is none. */
function readDevice(target: Uint8Array): boolean {
  let device: number;
  try {
    device = openSync(DEVICE, 'r');
  } catch {
    return false;
  }
  try {
    let filled = 0;
    while (filled < target.length) {
      filled += readSync(device, target, filled, target.length - filled, null);
    }
    return true;
  } finally {
    closeSync(device);
  }
}

/**
 * OpenSSL's generator XOR the kernel's. OpenSSL keeps its state in the process, so a cloned process
 * repeats it; the kernel's is shared by all processes and reseeded when a machine is cloned.
 */
export function systemRandom(target: Uint8Array): void {
  randomFillSync(target);
  const other = new Uint8Array(target.length);
  if (!readDevice(other)) return;
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) ^ (other[i] as number);
  other.fill(0);
}
