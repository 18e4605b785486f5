import { uuidFromBytes } from '../bytes/uuid.ts';
import type { Clock } from '../cache/clock.ts';
import type { Engine, RandomSource } from '../cipher/engine.ts';

/** What everything about keys is done with. */
export interface Primitives {
  readonly engine: Engine;
  readonly random: RandomSource;
  readonly clock: Clock;
}

export function randomBytes(random: RandomSource, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  return bytes;
}

/** A random uuid (RFC 9562 section 5.4). */
export function randomUuid(random: RandomSource): string {
  const bytes = randomBytes(random, 16);
  bytes[6] = 0x40 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return uuidFromBytes(bytes);
}

/** Now, as stored rows have it. */
export function microseconds(clock: Clock): bigint {
  return BigInt(Math.trunc(clock.now())) * 1000n;
}
