import type { Root } from '@fieldseal/core';

/** A device, as the conformance suite of roots handles it. */
export interface RootUnderTest {
  /** A root on the device. What it seals, another one on the same device opens. */
  readonly root: Root;
  /** A root of the same kind on another device. */
  readonly otherDevice: Root;
  /**
   * Takes the device away; the promise it gives brings it back. Without it nothing is tried of a device
   * that is gone: only for what is no device.
   */
  readonly takeAway?: () => Promise<() => Promise<void>>;
  /**
   * Makes the device slow, or silent; the function it gives repairs it. Without it nothing is tried of a
   * slow device.
   */
  readonly slowDown?: () => Promise<() => Promise<void>>;
  /**
   * Within which every call ends, however slow the device is.
   * @defaultValue 10,000
   */
  readonly deadlineMs?: number;
  /** What no error may show besides the root key, such as the PIN. */
  readonly secrets?: readonly (string | Uint8Array)[];
}

/** One thing that every root has to do. */
export interface RootCase {
  readonly name: string;
  /** Fails with an `AssertionError`. */
  run(): Promise<void>;
}
