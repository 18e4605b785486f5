import { createHmac } from 'node:crypto';
import { join, sha256, u32 } from './tpm-bytes.ts';

/** Labels are followed by a zero byte, which is hashed too. */
const labelBytes = (label: string): Buffer => Buffer.from(`${label}\0`, 'latin1');

function inBlocks(bits: number, block: (counter: Buffer) => Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 1; blocks.length * 256 < bits; counter += 1) blocks.push(block(u32(counter)));
  return join(...blocks).subarray(0, bits / 8);
}

/** KDFa of the specification (part 1, section 11.4.10.2), with SHA-256. */
export function kdfA(
  key: Uint8Array,
  label: string,
  contextU: Uint8Array,
  contextV: Uint8Array,
  bits: number,
): Buffer {
  const tail = join(labelBytes(label), contextU, contextV, u32(bits));
  return inBlocks(bits, (counter) =>
    createHmac('sha256', key).update(counter).update(tail).digest(),
  );
}

/** KDFe of the specification (part 1, section 11.4.10.3), with SHA-256. */
export function kdfE(
  shared: Uint8Array,
  label: string,
  partyU: Uint8Array,
  partyV: Uint8Array,
  bits: number,
): Buffer {
  const tail = join(labelBytes(label), partyU, partyV);
  return inBlocks(bits, (counter) => sha256(counter, shared, tail));
}
