import { LRUCache } from 'lru-cache';
import { equalBytes } from '../bytes/equal.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import type { Material } from './material.ts';

/** Material that calls of the key service share, for as long as the rows of its versions stay. */
export interface KeptMaterial extends Material {
  /** Wipes what is not under the row any more that it came from, such as destroyed material. */
  forgetChanged(snapshot: Pick<ControlSnapshot, 'keys'>): void;
  /** Wipes everything. */
  destroy(): void;
}

interface Kept {
  readonly derived: Uint8Array;
  readonly keyId: string;
  readonly version: number;
  readonly rowMac: Uint8Array;
}

/** 8 KiB of keys. */
const MAX_KEPT = 256;

/**
 * Keeps derived keys between calls. Whether a version may be used is asked before each use, and never
 * of what is kept; here an entry serves the one row only that it was unwrapped from, by its MAC.
 */
export function keepMaterial(material: Material, maxKept: number = MAX_KEPT): KeptMaterial {
  const kept = new LRUCache<string, Kept>({
    max: maxKept,
    dispose: ({ derived }) => void derived.fill(0),
  });

  return {
    use(key, version, purpose, work) {
      const name = `${key.id}#${version.version}#${purpose}`;
      const { rowMac } = version.row;
      const found = kept.get(name);
      if (found !== undefined && equalBytes(found.rowMac, rowMac)) return work(found.derived);
      kept.delete(name);
      const derived = material.use(key, version, purpose, (lent) => new Uint8Array(lent));
      kept.set(name, { derived, keyId: key.id, version: version.version, rowMac });
      return work(derived);
    },
    forgetChanged({ keys }) {
      for (const [name, { keyId, version, rowMac }] of [...kept.entries()]) {
        const now = keys.get(keyId)?.versions.get(version);
        const isGone = now === undefined || now.state === 'DESTROYED';
        if (isGone || !equalBytes(now.row.rowMac, rowMac)) kept.delete(name);
      }
    },
    destroy: () => kept.clear(),
  };
}
