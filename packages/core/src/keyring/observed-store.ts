import type { KeyStore } from '../keys/key-store.ts';
import type { Observer } from '../observe/observer.ts';

type Methods = Readonly<
  Record<PropertyKey, ((...given: readonly unknown[]) => unknown) | undefined>
>;

/** What waits for nothing, what is the end, and what only surrounds calls that are observed. */
const UNOBSERVED: readonly PropertyKey[] = ['watch', 'close', 'withRotationLock'];

/** The store, with each of its calls an event; whatever else a driver has on it stays reachable. */
export function observedStore(store: KeyStore, observer: Observer): KeyStore {
  const methods = store as unknown as Methods;
  // over nothing: a proxy of a frozen object may give back its own methods only
  return new Proxy({} as KeyStore, {
    has: (_nothing, name) => name in store,
    get(_nothing, name) {
      const value: unknown = Reflect.get(store, name);
      if (typeof value !== 'function') return value;
      if (typeof name === 'symbol' || UNOBSERVED.includes(name)) return value.bind(store);
      return (...given: readonly unknown[]) =>
        observer.run(
          'store',
          () => ({ call: name }),
          async () => methods[name]?.(...given),
        );
    },
  });
}
