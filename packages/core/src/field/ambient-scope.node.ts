import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from '../keyring/key-door.ts';
import type { AmbientScope } from './ambient-scope.ts';

const OUTSIDE: Scope = Object.freeze({});
const storage = new AsyncLocalStorage<Scope>();

/** Ambient scope over AsyncLocalStorage. */
export const ambientScope: AmbientScope = {
  current: () => storage.getStore() ?? OUTSIDE,
  // awaited inside: queries of an ORM start when they are awaited, not when they are made
  run: (scope, work) => storage.run(Object.freeze({ ...scope }), async () => await work()),
};
