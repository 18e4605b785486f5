import type { SlotRecord } from '../keys/control-snapshot.ts';
import { dateOf } from './kms/key-metadata.ts';

/** One way to the root key. */
export interface SlotDescription {
  /** uuid. */
  readonly id: string;
  /** Of the root, such as `dev-file`. */
  readonly kind: string;
  /** What guards the slot, in the words of its root, such as `tpm2-policy-signed-pin`. */
  readonly mechanism: string;
  readonly label: string | null;
  readonly rootGeneration: number;
  /** Whether it opens without the machines that run the application. */
  readonly recovery: boolean;
  /** Slots of one name are lost together. */
  readonly failureDomain: string | null;
  readonly createdAt: Date;
  /** When its root opened it last to see that it does: by `testSlot`, or when it was made. */
  readonly testedAt: Date;
  /** That was more than 180 days ago. */
  readonly isTestDue: boolean;
}

const TEST_EVERY_US = 180n * 86_400_000_000n;

/** @param now - Microseconds since 1970. */
export function describeSlot(slot: SlotRecord, now: bigint): SlotDescription {
  return {
    id: slot.id,
    kind: slot.kind,
    mechanism: slot.mechanism,
    label: slot.label,
    rootGeneration: slot.rootGeneration,
    recovery: slot.recovery,
    failureDomain: slot.failureDomain,
    createdAt: dateOf(slot.createdAt),
    testedAt: dateOf(slot.testedAt),
    isTestDue: now - slot.testedAt > TEST_EVERY_US,
  };
}
