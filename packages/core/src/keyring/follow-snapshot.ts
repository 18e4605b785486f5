import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { Hierarchy } from './create-hierarchy.ts';
import { isRestored } from './restored-epoch.ts';

/**
 * Lets keys leave memory that a new state of the store has otherwise. To be called before keys are used
 * and after each look at the store: a state is compared once.
 *
 * - Somebody was shredded: their keys go, the others are asked of the store again.
 * - A restore was accepted: keys that were made since the backup are in no store any more, and what is
 *   sealed under them is lost when this process ends.
 * - A version has another row: what was derived from the former one goes.
 */
export function followSnapshot(options: {
  readonly snapshot: () => ControlSnapshot;
  readonly hierarchy: {
    readonly cache: Pick<Hierarchy['cache'], 'clear'>;
    readonly material: Pick<Hierarchy['material'], 'forgetChanged'>;
  };
}): () => void {
  const { snapshot, hierarchy } = options;
  let followed = snapshot();

  return () => {
    const now = snapshot();
    if (now === followed) return;
    const { epoch, shredded } = followed;
    if (now.shredded.size > shredded.size || isRestored(epoch, now.epoch)) hierarchy.cache.clear();
    hierarchy.material.forgetChanged(now);
    followed = now;
  };
}
