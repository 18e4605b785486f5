import { FieldsealError, type Root } from '@fieldseal/core';

/** What goes wrong at the next calls of a {@link FakeRoot}. */
export type RootFault =
  /** The device does not answer. */
  | 'unavailable'
  /** The device answers, but takes a while. */
  | 'slow'
  /** The device never says anything. */
  | 'hang'
  /** The slot is another device's. */
  | 'foreign'
  /** The device gives another key back. */
  | 'wrong-key'
  /** The driver throws something that it should not. */
  | 'crash';

export interface FakeRoot extends Root {
  /** From now on every call has this fault; `undefined` repairs the device. */
  fail(fault: RootFault | undefined): void;
  /** Calls since it was made. */
  calls(): { readonly seal: number; readonly open: number };
}

const SLOW_MS = 200;

/**
 * Puts faults into a root.
 *
 * @example
 * ```ts
 * import { fakeRoot, memoryRoot } from '@fieldseal/testing';
 *
 * const root = fakeRoot(memoryRoot());
 * root.fail('unavailable');
 * ```
 */
export function fakeRoot(root: Root): FakeRoot {
  let fault: RootFault | undefined;
  const count = { seal: 0, open: 0 };

  async function check(): Promise<void> {
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    if (fault === 'hang') await new Promise(() => {});
    if (fault === 'unavailable') {
      throw new FieldsealError('ERR_ROOT_UNAVAILABLE', 'The device does not answer');
    }
    // biome-ignore lint/plugin: what a driver throws that breaks its contract
    if (fault === 'crash') throw new TypeError('A driver that breaks its contract');
  }

  return {
    kind: root.kind,
    development: root.development,
    ...(root.recovery === undefined ? {} : { recovery: root.recovery }),
    ...(root.interactive === undefined ? {} : { interactive: root.interactive }),
    ...(root.failureDomain === undefined ? {} : { failureDomain: root.failureDomain }),
    fail(next) {
      fault = next;
    },
    calls: () => ({ ...count }),
    async seal(rootKey, context) {
      count.seal += 1;
      await check();
      return root.seal(rootKey, context);
    },
    async open(slot, context) {
      count.open += 1;
      await check();
      if (fault === 'foreign') return null;
      if (fault === 'wrong-key') return new Uint8Array(32).fill(1);
      return root.open(slot, context);
    },
  };
}
