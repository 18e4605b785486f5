/** Every process looks at the store within 10 s, and finishes what it has begun. */
export const SETTLE_MS = 16_000;
