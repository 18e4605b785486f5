import type { ControlSnapshot, SlotRecord } from '../keys/control-snapshot.ts';
import type { Root } from '../keys/root.ts';
import { createRootKey, type RootKey } from '../keys/root-key.ts';
import type { RootRing } from '../keys/root-ring.ts';
import { openAnySlot } from './open-any-slot.ts';
import type { Primitives } from './primitives.ts';

/** Follows the root key of a store from one generation to the next. */
export interface RootKeeper {
  /**
   * Opens what a state of the store has slots of, and lets the generation wrap that it has chosen. A root
   * that does not answer keeps nobody from the state: what is in memory goes on, and it is asked again.
   */
  learn(snapshot: ControlSnapshot): Promise<void>;
  /** To be called every so often: asks roots again, and wipes what nothing has been under for a while. */
  tick(): void;
}

/** Calls that began with a state from before have ended by then. */
const LINGER_MS = 30_000;
const RETRY_MS = 5000;
/** So that what else is new in a state, such as a key that is disabled, counts within seconds. */
const PATIENCE_MS = 2000;

/** Resolves with `work`, or when the time is over. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}

/** Generations that anything of a store is under, or sealed as. */
export function generationsOf({ storeKey, slots, keys }: ControlSnapshot): ReadonlySet<number> {
  const versions = [...keys.values()].flatMap((key) => [...key.versions.values()]);
  const live = versions.filter(({ state }) => state !== 'DESTROYED');
  return new Set([storeKey, ...slots, ...live].map(({ rootGeneration }) => rootGeneration));
}

export function createRootKeeper(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly roots: readonly Root[];
  readonly ring: RootRing;
  readonly deadlineMs: number;
}): RootKeeper {
  const { primitives, environment, roots, ring, deadlineMs } = options;
  const { clock } = primitives;
  let latest: ControlSnapshot | undefined;
  let triedAt = 0;
  const unused = new Map<number, number>();
  const opening = new Map<number, Promise<void>>();
  const askedPeople = new Set<number>();
  const attended = roots.filter(({ interactive }) => interactive === true);
  const unattended = roots.filter((root) => !attended.includes(root));

  async function openWith(
    asked: readonly Root[],
    slots: readonly SlotRecord[],
    generation: number,
  ): Promise<void> {
    const rootKey = await openAnySlot<RootKey>({
      primitives,
      environment,
      roots: asked,
      slots: slots.filter(({ rootGeneration }) => rootGeneration === generation),
      deadlineMs,
      take: (key) => createRootKey(primitives.engine, key, generation),
      discard: (late) => late.destroy(),
    });
    if (rootKey === null) return;
    // another look at the store may have been faster
    if (ring.has(generation)) rootKey.destroy();
    else ring.add(rootKey);
  }

  /** A device that fails is asked again, and a person once: again and again would lock a device. */
  async function openByAny(slots: readonly SlotRecord[], generation: number): Promise<void> {
    await openWith(unattended, slots, generation).catch(() => {});
    if (ring.has(generation) || askedPeople.has(generation)) return;
    askedPeople.add(generation);
    // nobody waits for them
    void openWith(attended, slots, generation).catch(() => {});
  }

  /** One attempt at a time: a device that hangs is not asked by each look at the store. */
  function open({ slots }: ControlSnapshot, generation: number): Promise<void> {
    const attempt = opening.get(generation) ?? openByAny(slots, generation);
    opening.set(generation, attempt);
    return within(
      attempt.finally(() => opening.delete(generation)),
      PATIENCE_MS,
    );
  }

  function missing({ slots }: ControlSnapshot): readonly number[] {
    const generations = new Set(slots.map(({ rootGeneration }) => rootGeneration));
    return [...generations].filter((generation) => !ring.has(generation));
  }

  async function openMissing(snapshot: ControlSnapshot): Promise<void> {
    triedAt = clock.monotonic();
    for (const generation of missing(snapshot)) await open(snapshot, generation);
  }

  function dropUnused(snapshot: ControlSnapshot): void {
    const used = generationsOf(snapshot);
    for (const generation of ring.generations) {
      const since = unused.get(generation) ?? clock.monotonic();
      if (used.has(generation)) unused.delete(generation);
      else unused.set(generation, since);
      if (!used.has(generation) && clock.monotonic() - since >= LINGER_MS) ring.drop(generation);
    }
  }

  return {
    async learn(snapshot) {
      latest = snapshot;
      await openMissing(snapshot);
      ring.choose(snapshot.storeKey.rootGeneration);
    },
    tick() {
      if (latest === undefined) return;
      dropUnused(latest);
      const isSoon = clock.monotonic() - triedAt < RETRY_MS;
      if (!isSoon && missing(latest).length > 0) void openMissing(latest);
    },
  };
}
