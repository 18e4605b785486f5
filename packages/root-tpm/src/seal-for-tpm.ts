import type { SealedRoot, SlotContext } from '@fieldseal/core';
import { invalidOption } from './invalid-option.ts';
import { nameOf, srkPoint } from './marshalling/public-area.ts';
import { type DescribedPolicy, describedPolicy } from './policy/described-policy.ts';
import { type PinSource, readPin } from './policy/read-pin.ts';
import type { TpmSrk } from './read-tpm.ts';
import { duplicateSlot } from './slot/duplicate-slot.ts';
import { slotPayload } from './slot/slot-payload.ts';
import { encodeSlot } from './slot/slot-record.ts';
import { srkNameBytes } from './srk-name.ts';
import { checkOptionNames } from './tpm-connection.ts';

export interface SealForTpmOptions {
  /**
   * The storage root key of the other machine, as `readTpmSrk` gives it there. **Compare its name over
   * another channel**: whoever can put their own in its place gets the root key.
   */
  readonly srk: TpmSrk;
  /** 32 bytes. */
  readonly rootKey: Uint8Array;
  readonly context: SlotContext;
  /** @defaultValue `{ kind: 'none' }` */
  readonly policy?: DescribedPolicy;
  /** The slot asks for it on the other machine. */
  readonly pin?: PinSource;
}

const ROOT_KEY_BYTES = 32;

/**
 * Seals for the TPM of another machine, which is not asked; this machine needs none. Roots on that
 * machine open the slot as one of their own.
 *
 * @throws `ERR_CONFIG_INVALID`
 *
 * @example
 * ```ts
 * import { sealForTpm } from '@fieldseal/root-tpm';
 *
 * // const slot = await sealForTpm({ srk, rootKey, context });
 * ```
 */
export async function sealForTpm(options: SealForTpmOptions): Promise<SealedRoot> {
  checkOptionNames(options, ['srk', 'rootKey', 'context', 'policy', 'pin']);
  const { srk, rootKey, context, policy = { kind: 'none' }, pin } = options;
  const name = srkNameBytes(srk.name);
  const point = srkPoint(srk.publicArea);
  if (point === null || !nameOf(srk.publicArea).equals(name)) {
    throw invalidOption('srk', 'The name is not of this public area, or it is no storage root key');
  }
  if (rootKey.length !== ROOT_KEY_BYTES) throw invalidOption('rootKey', 'A root key has 32 bytes');
  const forSlot = describedPolicy(policy);
  const secret = pin === undefined ? undefined : await readPin(pin);
  const payload = slotPayload(rootKey, context);
  try {
    return encodeSlot(duplicateSlot({ name, point }, { payload, policy: forSlot, pin: secret }));
  } finally {
    payload.fill(0);
    secret?.fill(0);
  }
}
