import type { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Clock } from './clock.ts';

/** What the store holds for a name, not opened yet. */
export interface Found<T> {
  /**
   * Name that the entry is kept under. Another name than the one asked for makes that one a second
   * name of the same entry ("the active key of ..." and the key's own id).
   */
  readonly name: string;
  /** Changes whenever the stored record does. */
  readonly fingerprint: string;
  /** Unwraps the key. @throws FieldsealError */
  readonly open: () => T;
}

/** An entry that the borrower gives back with `release`; until then its value is not destroyed. */
export interface Lent<T> {
  readonly value: T;
}

export type Outcome<T> = Lent<T> | { readonly error: FieldsealError } | null;

export interface KeyCacheCounters {
  /** Names held now. */
  readonly entries: number;
  readonly hits: number;
  /** Names that had to be asked of the store. */
  readonly misses: number;
  /** Names answered "does not exist" without asking the store. */
  readonly negativeHits: number;
  /** Batches asked of the store. */
  readonly loads: number;
  /** Keys unwrapped. */
  readonly opened: number;
  readonly evictions: number;
  readonly refreshes: number;
  readonly failedLoads: number;
  /** Keys lent beyond their age, as the store could not be reached. */
  readonly stale: number;
}

export interface KeyCacheOptions<T> {
  /** Names held at once. */
  readonly maxEntries: number;
  /** Whose a value is, for `share`; `undefined`: nobody's in particular. */
  readonly groupOf?: (value: T) => string | undefined;
  /**
   * Names that one group is sure of: whoever has as many makes room among its own when all
   * `maxEntries` are taken.
   * @defaultValue no group is told from another
   */
  readonly share?: number;
  /** How long an entry serves without being compared with the store again. */
  readonly maxAgeMs: number;
  /** An entry used this long before its end is read again in the background. */
  readonly refreshAheadMs: number;
  /** Whether the store cannot be reached, as far as is known. */
  readonly isAway?: () => boolean;
  /**
   * How long an entry serves beyond its end while the store cannot be reached.
   * @defaultValue 0
   */
  readonly staleMs?: number;
  /** How long "does not exist" is believed. */
  readonly negativeMs: number;
  readonly clock: Clock;
  /**
   * Reads up to 1,000 names in one go. Names that do not exist are absent from the answer. A
   * rejection concerns all of them; `Found.open` may fail for one.
   */
  readonly load: (names: readonly string[]) => Promise<ReadonlyMap<string, Found<T>>>;
  /** Wipes a value. Called once, after the last borrower has given it back. */
  readonly destroy: (value: T) => void;
}

export interface KeyCache<T> {
  /** What is warm now: an entry, `null` when it is known not to exist, `undefined` when unknown. */
  lend(name: string): Lent<T> | null | undefined;
  /** Loads names that are not warm; callers that want the same name share one load. */
  fetch(names: readonly string[]): Promise<readonly Outcome<T>[]>;
  release(lent: Lent<T>): void;
  /** Drops one name; loads under way for it still serve their waiters but are not kept. */
  forget(name: string): void;
  /** Drops what is known not to exist. */
  forgetMissing(): void;
  clear(): void;
  counters(): KeyCacheCounters;
}
