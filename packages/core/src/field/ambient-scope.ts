import type { Scope } from '../keyring/key-door.ts';

/**
 * The tenant and subject around a call, for applications that know them per request rather than
 * per query. Chosen by the package's `#ambient-scope` import condition.
 */
export interface AmbientScope {
  /** The scope of the innermost `run` around the caller; empty outside of any. */
  current(): Scope;
  /** Runs `work` with this scope; what `work` returns is awaited inside it. */
  run<T>(scope: Scope, work: () => T | PromiseLike<T>): Promise<T>;
}
