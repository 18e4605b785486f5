/** Which name makes room in a full cache, so that no group of names pushes out the others. */
export interface FairShares {
  /** A name is kept; `group` is `undefined` where it belongs to nobody in particular. */
  add(name: string, group: string | undefined): void;
  /** A name was used: of its group it makes room last. */
  touch(name: string, group: string | undefined): void;
  remove(name: string, group: string | undefined): void;
  /**
   * The name that makes room for one of `group`: its own least recently used where it has its share
   * already, else that of a group which has more than its share; `undefined` when any may go.
   */
  victimFor(group: string | undefined): string | undefined;
}

/**
 * A share bounds nobody while there is room: it only says who makes room when there is none.
 * @param share - Names that a group is sure of, at least 1.
 */
export function createFairShares(share: number): FairShares {
  /** The names of each group, least recently used first. */
  const groups = new Map<string, Set<string>>();
  const over = new Set<string>();

  function first(group: string): string | undefined {
    return groups.get(group)?.values().next().value;
  }

  function count(group: string): number {
    return groups.get(group)?.size ?? 0;
  }

  return {
    add(name, group) {
      if (group === undefined) return;
      const names = groups.get(group) ?? new Set();
      groups.set(group, names.add(name));
      if (names.size > share) over.add(group);
    },
    touch(name, group) {
      const names = group === undefined ? undefined : groups.get(group);
      // the last one added is at its place already
      if (names?.delete(name) === true) names.add(name);
    },
    remove(name, group) {
      const names = group === undefined ? undefined : groups.get(group);
      if (group === undefined || names?.delete(name) !== true) return;
      if (names.size <= share) over.delete(group);
      if (names.size === 0) groups.delete(group);
    },
    victimFor(group) {
      if (group !== undefined && count(group) >= share) return first(group);
      for (const other of over) return first(other);
      return undefined;
    },
  };
}
