import type { SealedRoot } from '@fieldseal/core';
import { pcrMask, pcrsOfMask } from '../marshalling/pcr-selection.ts';
import { isSealedArea } from '../marshalling/sealed-area.ts';
import { EMPTY, join, sized, u8 } from '../marshalling/tpm-bytes.ts';
import { DIGEST_BYTES } from '../marshalling/tpm-constants.ts';
import { createTpmReader, type TpmReader } from '../marshalling/tpm-reader.ts';
import { type SlotPolicy, slotPolicyDigest } from '../policy/slot-policy.ts';

/** What a slot holds. All of it can be changed by whoever writes the database, and none with effect. */
export interface SlotRecord {
  readonly policy: SlotPolicy;
  readonly hasPin: boolean;
  /** Name of the storage root key. */
  readonly parentName: Buffer;
  readonly publicArea: Buffer;
  /** The private area, or the duplicate that the TPM imports to get it. */
  readonly privateArea: Buffer;
  /** Only of a slot that was sealed for another machine. */
  readonly encryptedSeed: Buffer | undefined;
}

const VERSION = 1;
const KINDS = ['none', 'signed', 'pcr'] as const;
const NAME_BYTES = 2 + DIGEST_BYTES;

function encodePolicy(policy: SlotPolicy): Buffer {
  switch (policy.kind) {
    case 'none':
      return EMPTY;
    case 'signed':
      return join(policy.key.x, policy.key.y);
    case 'pcr':
      return join(pcrMask(policy.pcrs), policy.digest);
  }
}

function decodePolicy(kind: (typeof KINDS)[number], reader: TpmReader): SlotPolicy {
  switch (kind) {
    case 'none':
      return { kind };
    case 'signed':
      return { kind, key: { x: reader.take(DIGEST_BYTES), y: reader.take(DIGEST_BYTES) } };
    case 'pcr':
      return { kind, pcrs: pcrsOfMask(reader.take(3)), digest: reader.take(DIGEST_BYTES) };
  }
}

/** Shown in lists of slots: it says what guards the slot. */
export function mechanismOf({ policy, hasPin }: Pick<SlotRecord, 'policy' | 'hasPin'>): string {
  return `tpm2-policy-${policy.kind}${hasPin ? '-pin' : ''}`;
}

export function encodeSlot(record: SlotRecord): SealedRoot {
  const { policy, hasPin, parentName, publicArea, privateArea, encryptedSeed } = record;
  const flags = (hasPin ? 1 : 0) | (encryptedSeed === undefined ? 0 : 2);
  const sealed = join(
    u8(VERSION),
    u8(KINDS.indexOf(policy.kind)),
    u8(flags),
    parentName,
    encodePolicy(policy),
    sized(publicArea),
    sized(privateArea),
    encryptedSeed === undefined ? EMPTY : sized(encryptedSeed),
  );
  return { mechanism: mechanismOf(record), sealed: new Uint8Array(sealed) };
}

function decode(sealed: Uint8Array): SlotRecord | null {
  const reader = createTpmReader(sealed);
  const version = reader.u8();
  const kind = KINDS[reader.u8()];
  const flags = reader.u8();
  if (version !== VERSION || kind === undefined || flags > 3) return null;
  const record = {
    hasPin: (flags & 1) !== 0,
    parentName: reader.take(NAME_BYTES),
    policy: decodePolicy(kind, reader),
    publicArea: reader.sized(),
    privateArea: reader.sized(),
    encryptedSeed: (flags & 2) === 0 ? undefined : reader.sized(),
  };
  reader.end();
  return record;
}

/** Whether the public area, which the TPM authenticates, is of what the record says. */
export function isConsistent(record: SlotRecord): boolean {
  const { policy, hasPin, publicArea, encryptedSeed } = record;
  return isSealedArea(publicArea, {
    policy: slotPolicyDigest(policy, hasPin),
    counted: hasPin,
    imported: encryptedSeed !== undefined,
  });
}

/** The record in a slot; `null` for bytes that {@link encodeSlot} never made. */
export function decodeSlot({ mechanism, sealed }: SealedRoot): SlotRecord | null {
  let record: SlotRecord | null;
  try {
    record = decode(sealed);
  } catch {
    return null;
  }
  if (record === null || mechanism !== mechanismOf(record)) return null;
  return isConsistent(record) ? record : null;
}
