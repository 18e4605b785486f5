import { createMemoryStore, type KeyStore } from '@fieldseal/core';

/** `late`: waits for {@link FaultyStore.release}, then writes. */
type Fault = 'none' | 'fail' | 'hang' | 'lose' | 'late';

export interface FaultyStore {
  readonly store: KeyStore;
  fault: Fault;
  release(): void;
}

/** A store whose writes to the trail fail, or wait for ever, when it is told to. */
export function faultyStore(): FaultyStore {
  const real = createMemoryStore();
  const gates: (() => void)[] = [];
  const faulty = {
    fault: 'none' as Fault,
    release() {
      for (const open of gates.splice(0)) open();
    },
    store: {
      ...real,
      async appendAudit(rows: Parameters<KeyStore['appendAudit']>[0]) {
        if (faulty.fault === 'fail') throw new RangeError('a message with a secret');
        if (faulty.fault === 'hang') await new Promise(() => {});
        if (faulty.fault === 'late') await new Promise<void>((resolve) => gates.push(resolve));
        await real.appendAudit(rows);
        if (faulty.fault === 'lose') throw new RangeError('the answer was lost');
      },
    },
  };
  return faulty;
}
