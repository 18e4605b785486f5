import { createMemoryStore, type KeyStore } from '@fieldseal/core';

type Fault = 'none' | 'fail' | 'hang' | 'lose';

/** A store whose writes to the trail fail, or wait for ever, when it is told to. */
export function faultyStore(): { readonly store: KeyStore; fault: Fault } {
  const real = createMemoryStore();
  const faulty = {
    fault: 'none' as Fault,
    store: {
      ...real,
      async appendAudit(rows: Parameters<KeyStore['appendAudit']>[0]) {
        if (faulty.fault === 'fail') throw new RangeError('a message with a secret');
        if (faulty.fault === 'hang') await new Promise(() => {});
        await real.appendAudit(rows);
        if (faulty.fault === 'lose') throw new RangeError('the answer was lost');
      },
    },
  };
  return faulty;
}
