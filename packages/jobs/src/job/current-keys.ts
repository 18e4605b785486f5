import { describeCell } from '@fieldseal/core';

/** Which keys seal now, as far as fresh cells have shown. */
export interface CurrentKeys {
  /** Whether a cell says that it is under one of them. */
  has(cell: string | Uint8Array): boolean;
  /** Learns from a cell that was sealed just now. */
  learn(fresh: string | Uint8Array): void;
}

/** Another process may rotate the key meanwhile, so nothing is believed for longer. */
const BELIEVED_MS = 5000;

/**
 * Spares a pass over cells that are current the work of opening each of them. A cell may lie about its
 * key: to open every cell is what `verify` is for.
 */
export function createCurrentKeys(now: () => number = () => performance.now()): CurrentKeys {
  const until = new Map<string, number>();

  return {
    has(cell) {
      const end = until.get(headerOf(cell));
      return end !== undefined && now() < end;
    },
    learn: (fresh) => void until.set(headerOf(fresh), now() + BELIEVED_MS),
  };
}

function headerOf(cell: string | Uint8Array): string {
  const { suite, bound, dataKeyId } = describeCell(cell);
  return `${suite} ${bound} ${dataKeyId}`;
}
