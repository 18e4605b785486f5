import type { KeyRecord } from '../keys/control-snapshot.ts';

/** One use of a key, before anything is done with it. */
export interface KeyUse {
  /** Name of the call, such as `Customer.findMany`. */
  readonly operation: string;
  readonly action: 'seal' | 'open' | 'token' | 'manage';
  readonly key: KeyRecord;
}

/** Throws when the caller may not do this. Runs after validation and before any look at state. */
export type Authorise = (use: KeyUse) => void;

/**
 * Whoever runs in this process may use its keys: without a policy the process itself is the
 * boundary, and code inside it could reach the root key anyway.
 */
export const anyCallerInThisProcess: Authorise = () => {};
