import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { EpochAnchor } from '../keys/root.ts';

/** The highest epoch that this process has seen of each store, by pin. */
const seen = new Map<string, bigint>();

export function rolledBack(epoch: bigint): FieldsealError {
  return new FieldsealError(
    'ERR_STORE_ROLLED_BACK',
    'The store is older than what was seen of it before',
    { epoch },
  );
}

/**
 * Remembers an epoch, in this process and on the host.
 * @throws `ERR_STORE_ROLLED_BACK` for a lower one than remembered, `ERR_WRONG_ROOT` when the anchor
 * is of another store, `ERR_CONFIG_INVALID` when it cannot be used.
 */
export async function rememberEpoch(
  pin: string,
  epoch: bigint,
  anchor: EpochAnchor | undefined,
): Promise<void> {
  if (epoch < (seen.get(pin) ?? 0n)) throw rolledBack(epoch);
  if (anchor !== undefined) {
    const known = await anchor.read();
    if (known !== null && known.pin !== pin) {
      throw new FieldsealError('ERR_WRONG_ROOT', 'The anchor is of another store');
    }
    if (known !== null && known.epoch > epoch) throw rolledBack(epoch);
    if (known === null || known.epoch < epoch) await anchor.write({ pin, epoch });
  }
  // somebody else may have seen a later one meanwhile
  if (epoch > (seen.get(pin) ?? 0n)) seen.set(pin, epoch);
}
