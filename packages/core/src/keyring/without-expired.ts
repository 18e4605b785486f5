import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import { hasAllMaterial, isOfUse } from './kms/key-materials.ts';

function isExpired({ state, expiresAt }: KeyVersionRecord, now: bigint): boolean {
  return expiresAt !== null && expiresAt <= now && isOfUse(state);
}

/** A key as it will be when maintenance has wiped what expired. */
function keyWithoutExpired(snapshot: ControlSnapshot, key: KeyRecord, now: bigint): KeyRecord {
  const versions = [...key.versions.values()].map((version) =>
    isExpired(version, now) ? ({ ...version, state: 'DESTROYED' } as const) : version,
  );
  const byNumber = new Map(versions.map((version) => [version.version, version]));
  const primary = key.primary === undefined ? undefined : byNumber.get(key.primary.version);
  const left: KeyRecord = { ...key, versions: byNumber, primary };
  const waits = key.state === 'Enabled' || key.state === 'Disabled';
  return waits && !hasAllMaterial(snapshot, left) ? { ...left, state: 'PendingImport' } : left;
}

/** Ends of material that is of use still, soonest first. */
function endsOf(snapshot: ControlSnapshot): readonly bigint[] {
  const ends: bigint[] = [];
  for (const { versions } of snapshot.keys.values()) {
    for (const { state, expiresAt } of versions.values()) {
      if (expiresAt !== null && isOfUse(state)) ends.push(expiresAt);
    }
  }
  return ends.sort((a, b) => (a < b ? -1 : 1));
}

/**
 * Sees to it that imported material is of no use from the moment at which it ends, whether or not
 * maintenance has wiped it: gives what the store will say then. As long as nothing ends, the same
 * object is given again, and costs one comparison: every read of every row asks for it.
 * @returns The snapshot as of now, in microseconds since 1970.
 */
export function createWithoutExpired(
  now: () => bigint,
): (snapshot: ControlSnapshot) => ControlSnapshot {
  let seen: ControlSnapshot | undefined;
  let ends: readonly bigint[] = [];
  let given: { readonly ended: number; readonly snapshot: ControlSnapshot } | undefined;

  return (snapshot) => {
    if (snapshot !== seen) {
      ends = endsOf(snapshot);
      given = undefined;
      seen = snapshot;
    }
    if (ends.length === 0) return snapshot;
    const time = now();
    const ended = ends.filter((end) => end <= time).length;
    if (ended === 0) return snapshot;
    if (given?.ended !== ended) {
      const keys = [...snapshot.keys].map(([id, key]) => {
        const isOver = [...key.versions.values()].some((version) => isExpired(version, time));
        return [id, isOver ? keyWithoutExpired(snapshot, key, time) : key] as const;
      });
      given = { ended, snapshot: { ...snapshot, keys: new Map(keys) } };
    }
    return given.snapshot;
  };
}
