import { LRUCache } from 'lru-cache';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Found, KeyCache, KeyCacheOptions, Lent, Outcome } from './cached-keys.ts';
import { type Deadline, deadlineIn, hasCome } from './deadline.ts';
import { eventLoopTurn } from './event-loop-turn.ts';
import { createFairShares } from './fair-shares.ts';

interface Entry<T> extends Lent<T> {
  readonly fingerprint: string;
  /** Names that hold it, plus borrowers. */
  references: number;
}

/** A name and until when it need not be compared with the store. */
interface Held<T> {
  readonly entry: Entry<T>;
  readonly deadline: Deadline;
  readonly group: string | undefined;
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
  const { maxEntries, maxAgeMs, refreshAheadMs, negativeMs, staleMs = 0, clock } = options;
  const count = {
    hits: 0,
    misses: 0,
    negativeHits: 0,
    loads: 0,
    opened: 0,
    evictions: 0,
    refreshes: 0,
    failedLoads: 0,
    stale: 0,
  };
  let opensThisTurn = 0;
  let turn: Promise<void> | undefined;
  const flights = new Map<string, Flight<T>>();
  const missing = new LRUCache<string, Deadline>({ max: MAX_MISSING });
  const refreshing = new LRUCache<string, Deadline>({ max: maxEntries });
  const shares = createFairShares(options.share ?? maxEntries);
  const held = new LRUCache<string, Held<T>>({
    max: maxEntries,
    dispose: ({ entry, group }, name, reason) => {
      if (reason === 'evict') count.evictions += 1;
      shares.remove(name, group);
      drop(entry);
    },
  });

  function drop(entry: Entry<T>): void {
    entry.references -= 1;
    if (entry.references === 0) options.destroy(entry.value);
  }

  function hold(name: string, entry: Entry<T>): void {
    entry.references += 1;
    const group = options.groupOf?.(entry.value);
    if (held.size >= maxEntries && !held.has(name)) makeRoom(group);
    held.set(name, { entry, deadline: deadlineIn(clock, maxAgeMs), group });
    shares.add(name, group);
  }

  function makeRoom(group: string | undefined): void {
    const victim = shares.victimFor(group);
    // the least recently used of all goes by itself
    if (victim === undefined) return;
    count.evictions += 1;
    held.delete(victim);
  }

  /** Whether an entry whose time is over may serve because nothing newer can be had. */
  function isStale({ deadline }: Held<T>): boolean {
    return staleMs > 0 && !hasCome(clock, deadline, -staleMs);
  }

  /** Whether an entry whose time is over serves without being asked for first. */
  function servesBeyond(name: string, kept: Held<T>): boolean {
    if (!isStale(kept)) {
      held.delete(name);
      return false;
    }
    // while the store may be there it is asked, and this entry serves when it is not
    if (options.isAway?.() !== true) return false;
    count.stale += 1;
    return true;
  }

  function lendKept(name: string, { entry, group }: Held<T>): Entry<T> {
    shares.touch(name, group);
    entry.references += 1;
    return entry;
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
    const isCurrent = flights.get(name) === flight;
    if (isCurrent) flights.delete(name);
    count.failedLoads += 1;
    const known = error instanceof FieldsealError;
    const kept = held.peek(name);
    const isAway = known && error.code === 'ERR_STORE_UNAVAILABLE';
    // after forget() or clear() there may be a key that those who wait must not get
    if (isAway && isCurrent && kept !== undefined && isStale(kept)) {
      kept.entry.references += flight.waiters;
      count.stale += flight.waiters;
      flight.settle(kept.entry);
      return;
    }
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
        if (hasCome(clock, kept.deadline) && !servesBeyond(name, kept)) return undefined;
        refresh(name);
      }
      count.hits += 1;
      return lendKept(name, kept);
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
    counters: () => ({ entries: held.size, ...count }),
  };
}
