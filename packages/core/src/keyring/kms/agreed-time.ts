import { type Clock, systemClock } from '../../cache/clock.ts';
import type { KeyStore } from '../../keys/key-store.ts';
import { microseconds } from '../primitives.ts';

/** Time that a process whose clock is wrong does not decide alone. */
export interface AgreedTime {
  /** What all processes go by, whatever their clocks say: the time of the store, where it has one. */
  shared(): Promise<bigint>;
  /** What is due by this is due by the clock of the process and by that of the store. */
  earliest(): Promise<bigint>;
  /** A waiting period that starts here is over too early by neither. */
  latest(): Promise<bigint>;
}

/**
 * Both in microseconds since 1970. Whoever has given the keyring a clock wants that one alone, as
 * tests do.
 */
export function createAgreedTime(clock: Clock, store: Pick<KeyStore, 'readTime'>): AgreedTime {
  const storeTime = async (): Promise<bigint | null> =>
    clock === systemClock ? store.readTime() : null;

  async function agreed(isBetter: (other: bigint, own: bigint) => boolean): Promise<bigint> {
    const other = await storeTime();
    const own = microseconds(clock);
    return other !== null && isBetter(other, own) ? other : own;
  }

  return {
    shared: async () => (await storeTime()) ?? microseconds(clock),
    earliest: () => agreed((other, own) => other < own),
    latest: () => agreed((other, own) => other > own),
  };
}
