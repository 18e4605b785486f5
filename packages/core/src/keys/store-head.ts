import { concatBytes } from '../bytes/concat.ts';
import { encodeContext } from '../bytes/context.ts';
import { u64 } from '../bytes/integer.ts';
import type { Engine } from '../cipher/engine.ts';
import type { StoredRow } from './key-store.ts';

function compare(a: Uint8Array, b: Uint8Array): number {
  // without an iterator: each change of the control rows sorts all their MACs
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** SHA-256 of the sorted row MACs: the control rows as a whole, in any order. */
export function controlDigest(engine: Engine, rows: readonly StoredRow[]): Uint8Array {
  const macs = rows.map((row) => row.rowMac).sort(compare);
  return engine.sha256(concatBytes(...macs));
}

/** What the head's MAC covers (FORMAT.md section 5). */
export function headContext(epoch: bigint, digest: Uint8Array): Uint8Array {
  return encodeContext({ epoch: u64(epoch), digest });
}
