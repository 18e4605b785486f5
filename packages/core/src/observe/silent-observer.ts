import type { Observer } from './observer.ts';

/** Tells nobody. */
export const silentObserver: Observer = {
  run: (_name, _factsOf, work) => work(undefined),
  runSync: (_name, _factsOf, work) => work(undefined),
  watch() {},
  close() {},
};
