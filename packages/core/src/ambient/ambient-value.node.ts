import { AsyncLocalStorage } from 'node:async_hooks';
import type { AmbientValue, CreateAmbientValue } from './ambient-value.ts';

/** Ambient values over AsyncLocalStorage. */
export const createAmbientValue: CreateAmbientValue = <Value>(
  outside: Value,
): AmbientValue<Value> => {
  const storage = new AsyncLocalStorage<{ readonly value: Value }>();
  return {
    current() {
      const inside = storage.getStore();
      return inside === undefined ? outside : inside.value;
    },
    // awaited inside: queries of an ORM start when they are awaited, not when they are made
    run: (value, work) => storage.run({ value }, async () => await work()),
  };
};
