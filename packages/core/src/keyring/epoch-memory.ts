import { FieldsealError } from '../errors/fieldseal-error.ts';
import { rolledBack } from '../keys/rolled-back.ts';
import type { EpochAnchor } from '../keys/root.ts';

/**
 * The highest epoch that this process has seen of each store, by pin. On purpose shared by all
 * keyrings of the process: one that opens later must not believe less than the first has seen.
 */
const seen = new Map<string, bigint>();

/** The highest epoch of a store that this process has seen; 0 for none. */
export function seenEpoch(pin: string): bigint {
  return seen.get(pin) ?? 0n;
}

/** What was known before the store was read. */
export interface EpochFloor {
  /** Whether the host remembers any store. */
  readonly anchored: boolean;
  /**
   * @throws `ERR_STORE_ROLLED_BACK` for a lower epoch than was known, `ERR_WRONG_ROOT` when the
   * anchor is of another store.
   */
  check(pin: string, epoch: bigint): void;
}

/**
 * Looks at what is known. To be called *before* the store is read: an epoch that others reach while
 * the answer is on its way is no evidence against the answer.
 *
 * @throws `ERR_CONFIG_INVALID` when the anchor cannot be used.
 */
export async function epochFloor(anchor: EpochAnchor | undefined): Promise<EpochFloor> {
  const anchored = anchor === undefined ? null : await anchor.read();
  const known = new Map(seen);
  return {
    anchored: anchored !== null,
    check(pin, epoch) {
      if (anchored !== null && anchored.pin !== pin) {
        throw new FieldsealError('ERR_WRONG_ROOT', 'The anchor is of another store');
      }
      if (epoch < (known.get(pin) ?? 0n) || epoch < (anchored?.epoch ?? 0n)) {
        throw rolledBack(epoch);
      }
    },
  };
}

/**
 * Remembers an epoch, in this process and on the host.
 * @throws `ERR_CONFIG_INVALID` when the anchor cannot be used.
 */
export async function rememberEpoch(
  pin: string,
  epoch: bigint,
  anchor: EpochAnchor | undefined,
): Promise<void> {
  if (epoch > (seen.get(pin) ?? 0n)) seen.set(pin, epoch);
  if (anchor === undefined) return;
  const anchored = await anchor.read();
  if (anchored === null || anchored.epoch < epoch) await anchor.write({ pin, epoch });
}
