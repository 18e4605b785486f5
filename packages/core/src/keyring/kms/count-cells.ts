import type { DataKeyDescription } from '../data-key-book.ts';

/**
 * Counts the cells that are under a key now, in all tables that the counter knows; `undefined`
 * when it cannot say. It is lent what tells the key of a data key. With `keyVersion` only those under
 * that version are asked for; a counter that looks over it counts too many, and ends nothing too early.
 */
export type CountCells = (
  keyId: string,
  describe: (ids: readonly string[]) => Promise<readonly DataKeyDescription[]>,
  keyVersion?: number,
) => Promise<bigint | undefined>;
