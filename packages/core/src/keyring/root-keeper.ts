import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { Root } from '../keys/root.ts';
import type { RootRing } from '../keys/root-ring.ts';
import type { Primitives } from './primitives.ts';
import { openSlot } from './root-slot.ts';

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
}): RootKeeper {
  const { primitives, environment, roots, ring } = options;
  const { clock } = primitives;
  let latest: ControlSnapshot | undefined;
  let triedAt = 0;
  const unused = new Map<number, number>();

  async function open({ slots }: ControlSnapshot, generation: number): Promise<void> {
    const mine = slots.filter(({ rootGeneration }) => rootGeneration === generation);
    const ways = roots.flatMap((root) =>
      mine.filter(({ kind }) => kind === root.kind).map((slot) => ({ root, slot })),
    );
    for (const { root, slot } of ways) {
      // a device that fails is asked again, and another root may do
      const rootKey = await openSlot(primitives, root, slot, environment).catch(() => null);
      if (rootKey === null) continue;
      // another look at the store may have been faster
      if (ring.has(generation)) rootKey.destroy();
      else ring.add(rootKey);
      return;
    }
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
