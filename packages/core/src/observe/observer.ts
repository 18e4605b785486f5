import type { EventFacts, EventName, ObservedEvent } from './observed-event.ts';

/** What gauges show, read when somebody collects them. */
export interface ObservedState {
  readonly cache: {
    readonly entries: number;
    readonly hits: number;
    readonly misses: number;
    readonly evictions: number;
    readonly failedLoads: number;
  };
  readonly audit: { readonly pending: number; readonly lost: number };
  /** Cached keys serve, because the store cannot be asked. */
  readonly degraded: boolean;
}

/** Tells whoever listens what is done; builds nothing when nobody does. */
export interface Observer {
  /**
   * Does asynchronous work as one event.
   * @param factsOf - What is known before; asked only when somebody listens.
   * @param work - Gets the event to fill in, or `undefined` when nobody listens. What it returns and
   * throws goes to the caller, never to a listener.
   */
  run<Name extends EventName, T>(
    name: Name,
    factsOf: () => EventFacts[Name],
    work: (event: ObservedEvent<Name> | undefined) => Promise<T>,
  ): Promise<T>;
  /** The same for work that waits for nothing. */
  runSync<Name extends EventName, T>(
    name: Name,
    factsOf: () => EventFacts[Name],
    work: (event: ObservedEvent<Name> | undefined) => T,
  ): T;
  /** Lets gauges read the state of a keyring until `close`. */
  watch(read: () => ObservedState): void;
  close(): void;
}

/** Makes the observer of one keyring. Chosen by the package's `#observer` import condition. */
export type CreateObserver = (environment: string) => Observer;
