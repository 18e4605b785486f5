import type { SlotRecord } from '../keys/control-snapshot.ts';
import type { Root } from '../keys/root.ts';
import type { Primitives } from './primitives.ts';
import { raceRoots } from './race-roots.ts';
import { withSlot } from './root-slot.ts';

/** How long roots have, unless the configuration says otherwise. */
export const ROOT_DEADLINE_MS = 10_000;

/** What a root key is opened for. */
export interface SlotOpening<T> {
  readonly primitives: Pick<Primitives, 'engine'>;
  readonly environment: string;
  readonly roots: readonly Root[];
  readonly slots: readonly SlotRecord[];
  readonly deadlineMs: number;
  /** Takes what it needs of 32 bytes, which are wiped afterwards. */
  readonly take: (rootKey: Uint8Array, slot: SlotRecord) => T;
  /** Wipes what was taken and nobody needs. */
  readonly discard: (taken: T) => void;
}

/**
 * What is in any one of the slots.
 * @returns `null` when all roots answered and none opens one
 * @throws as `raceRoots`
 */
export function openAnySlot<T>(opening: SlotOpening<T>): Promise<T | null> {
  const { primitives, environment, roots, slots, deadlineMs, take, discard } = opening;
  return raceRoots<T>({
    roots,
    deadlineMs,
    discard,
    async ask(root, isOver) {
      const failures: unknown[] = [];
      for (const slot of slots.filter(({ kind }) => kind === root.kind)) {
        if (isOver()) return null;
        try {
          const place = { root, slot, environment };
          const taken = await withSlot(primitives, place, (rootKey) => take(rootKey, slot));
          if (taken !== null) return taken;
        } catch (error) {
          // another slot of its kind may be the one that is its own
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return null;
    },
  });
}
