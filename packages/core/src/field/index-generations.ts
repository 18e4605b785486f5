import type { KeyDoor } from '../keyring/key-door.ts';

/** Generations of the index key that rows may have tokens of, by index id; the older one first. */
export type IndexGenerations = (indexId: string) => readonly number[];

/** One answer for the whole of a call, whatever the process hears meanwhile: keys are leased by it. */
export function generationsOfCall(door: Pick<KeyDoor, 'indexGenerationsOf'>): IndexGenerations {
  const known = new Map<string, readonly number[]>();
  return (indexId) => {
    let generations = known.get(indexId);
    if (generations === undefined) {
      generations = door.indexGenerationsOf(indexId);
      known.set(indexId, generations);
    }
    return generations;
  };
}
