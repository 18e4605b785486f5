import { LRUCache } from 'lru-cache';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Clock } from './clock.ts';
import { type Deadline, deadlineIn, hasCome } from './deadline.ts';
import { eventLoopTurn } from './event-loop-turn.ts';

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
}

export interface KeyCacheOptions<T> {
  /** Names held at once. */
  readonly maxEntries: number;
  /** How long an entry serves without being compared with the store again. */
  readonly maxAgeMs: number;
  /** An entry used this long before its end is read again in the background. */
  readonly refreshAheadMs: number;
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

interface Entry<T> extends Lent<T> {
  readonly fingerprint: string;
  /** Names that hold it, plus borrowers. */
  references: number;
}

/** A name and until when it need not be compared with the store. */
interface Held<T> {
  readonly entry: Entry<T>;
  readonly deadline: Deadline;
}

interface Flight<T> {
  /** Borrowers that wait for it; their references are counted before anybody can evict. */
  waiters: number;
  readonly outcome: Promise<Outcome<T>>;
  readonly settle: (outcome: Outcome<T>) => void;
}

const MAX_BATCH = 1000;
const MAX_MISSING = 10_000;
const OPENS_PER_TURN = 20;
const REFRESH_RETRY_MS = 1000;

/**
 * Keeps unwrapped keys for a bounded time. An entry is destroyed when nothing holds it any more:
 * no name and no borrower. Wiping on eviction alone would hand zeroed keys to callers that still
 * wait for the same load, or that use the key when the eviction happens.
 *
 * Errors are never kept. Values that do not exist are believed for `negativeMs`.
 */
export function createKeyCache<T>(options: KeyCacheOptions<T>): KeyCache<T> {
  const { maxAgeMs, refreshAheadMs, negativeMs, clock } = options;
  const count = {
    hits: 0,
    misses: 0,
    negativeHits: 0,
    loads: 0,
    opened: 0,
    evictions: 0,
    refreshes: 0,
    failedLoads: 0,
  };
  let opensThisTurn = 0;
  let turn: Promise<void> | undefined;
  const flights = new Map<string, Flight<T>>();
  const missing = new LRUCache<string, Deadline>({ max: MAX_MISSING });
  const refreshing = new LRUCache<string, Deadline>({ max: options.maxEntries });
  const held = new LRUCache<string, Held<T>>({
    max: options.maxEntries,
    dispose: ({ entry }, _name, reason) => {
      if (reason === 'evict') count.evictions += 1;
      drop(entry);
    },
  });

  function drop(entry: Entry<T>): void {
    entry.references -= 1;
    if (entry.references === 0) options.destroy(entry.value);
  }

  function hold(name: string, entry: Entry<T>): void {
    entry.references += 1;
    held.set(name, { entry, deadline: deadlineIn(clock, maxAgeMs) });
  }

  /** Finds or makes the entry of a record; the caller owns one reference to it. */
  function entryOf(found: Found<T>, keep: boolean): Entry<T> {
    const known = held.peek(found.name)?.entry;
    const entry = known?.fingerprint === found.fingerprint ? known : openEntry(found);
    entry.references += 1;
    if (keep) hold(found.name, entry);
    return entry;
  }

  function openEntry(found: Found<T>): Entry<T> {
    opensThisTurn += 1;
    count.opened += 1;
    return { value: found.open(), fingerprint: found.fingerprint, references: 0 };
  }

  /** Waits while too many keys were unwrapped since other work had its turn. */
  async function room(): Promise<void> {
    while (opensThisTurn >= OPENS_PER_TURN) {
      turn ??= eventLoopTurn().then(() => {
        opensThisTurn = 0;
        turn = undefined;
      });
      await turn;
    }
  }

  function land(name: string, flight: Flight<T>, found: Found<T> | undefined): void {
    // clear() or forget() ran meanwhile: what was read serves those who wait and is not kept
    const keep = flights.get(name) === flight;
    if (keep) flights.delete(name);
    if (found === undefined) {
      if (keep) {
        held.delete(name);
        missing.set(name, deadlineIn(clock, negativeMs));
      }
      flight.settle(null);
      return;
    }
    try {
      const entry = entryOf(found, keep);
      entry.references += flight.waiters;
      if (keep && name !== found.name) hold(name, entry);
      flight.settle(entry);
      drop(entry);
    } catch (error) {
      fail(name, flight, error);
    }
  }

  function fail(name: string, flight: Flight<T>, error: unknown): void {
    if (flights.get(name) === flight) flights.delete(name);
    count.failedLoads += 1;
    const known = error instanceof FieldsealError;
    flight.settle({
      error: known ? error : new FieldsealError('ERR_INTERNAL', 'A key could not be loaded'),
    });
  }

  async function fly(batch: readonly (readonly [string, Flight<T>])[]): Promise<void> {
    count.loads += 1;
    let found: ReadonlyMap<string, Found<T>>;
    try {
      found = await options.load(batch.map(([name]) => name));
    } catch (error) {
      for (const [name, flight] of batch) fail(name, flight, error);
      return;
    }
    for (const [name, flight] of batch) {
      await room();
      land(name, flight, found.get(name));
    }
  }

  function begin(name: string): Flight<T> {
    let settle: (outcome: Outcome<T>) => void = () => {};
    const outcome = new Promise<Outcome<T>>((resolve) => {
      settle = resolve;
    });
    const flight: Flight<T> = { waiters: 0, outcome, settle };
    flights.set(name, flight);
    return flight;
  }

  async function flyAll(batch: readonly (readonly [string, Flight<T>])[]): Promise<void> {
    for (let start = 0; start < batch.length; start += MAX_BATCH) {
      await fly(batch.slice(start, start + MAX_BATCH));
    }
  }

  function refresh(name: string): void {
    const tried = refreshing.get(name);
    if (flights.has(name) || (tried !== undefined && !hasCome(clock, tried))) return;
    refreshing.set(name, deadlineIn(clock, REFRESH_RETRY_MS));
    count.refreshes += 1;
    void fly([[name, begin(name)]]);
  }

  return {
    lend(name) {
      const kept = held.get(name);
      if (kept === undefined) {
        const until = missing.get(name);
        if (until === undefined || hasCome(clock, until)) return undefined;
        count.negativeHits += 1;
        return null;
      }
      if (hasCome(clock, kept.deadline, refreshAheadMs)) {
        if (hasCome(clock, kept.deadline)) {
          held.delete(name);
          return undefined;
        }
        refresh(name);
      }
      count.hits += 1;
      kept.entry.references += 1;
      return kept.entry;
    },
    async fetch(names) {
      const fresh: (readonly [string, Flight<T>])[] = [];
      const flown = names.map((name) => {
        let flight = flights.get(name);
        if (flight === undefined) {
          flight = begin(name);
          fresh.push([name, flight]);
        }
        flight.waiters += 1;
        return flight.outcome;
      });
      count.misses += names.length;
      const [outcomes] = await Promise.all([Promise.all(flown), flyAll(fresh)]);
      return outcomes;
    },
    release: (lent) => drop(lent as Entry<T>),
    forget(name) {
      flights.delete(name);
      missing.delete(name);
      held.delete(name);
    },
    forgetMissing: () => missing.clear(),
    clear() {
      flights.clear();
      missing.clear();
      held.clear();
    },
    counters: () => ({ ...count }),
  };
}
