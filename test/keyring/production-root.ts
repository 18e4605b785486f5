import type { Root } from '@fieldseal/core';
import { memoryRoot } from '@fieldseal/testing';

/** A device as production has one, so that a pin is asked for. */
export function productionRoot(kind = 'test-device'): Root {
  const inner = memoryRoot();
  return {
    kind,
    development: false,
    seal: (key, context) => inner.seal(key, context),
    open: (slot, context) => inner.open(slot, context),
  };
}
