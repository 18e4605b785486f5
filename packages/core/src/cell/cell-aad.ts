import { concatBytes } from '../bytes/concat.ts';
import { encodeContext } from '../bytes/context.ts';

/** What is expected of every cell of one field in one scope. */
export interface CellContext {
  readonly environment: string;
  readonly fieldId: string;
  readonly tenant?: string | undefined;
  readonly subject?: string | undefined;
}

/** Pairs that sort before `row`: `env`, `field` and the lengths of all three. */
const PAIR_LENGTHS = 2 + (4 + 3) + (4 + 5) + (4 + 3);

const utf8 = new TextEncoder();

/**
 * Authenticated context of the cells of one field and scope (FORMAT.md section 3): constant but for
 * the row, which is written into the same array again and again.
 *
 * @returns a function of the row; its answer is valid until the next call.
 */
export function createCellAad(
  header: Uint8Array,
  context: CellContext,
): (row: Uint8Array | undefined) => Uint8Array {
  const { environment, fieldId, tenant, subject } = context;
  const pairs = { env: environment, field: fieldId, tenant, subject };
  const rowAt =
    header.length + PAIR_LENGTHS + utf8.encode(environment).length + utf8.encode(fieldId).length;
  const unbound = concatBytes(header, encodeContext(pairs));
  let bound = unbound;
  let rowLength = -1;

  return (row) => {
    if (row === undefined) return unbound;
    if (row.length !== rowLength) {
      bound = concatBytes(header, encodeContext({ ...pairs, row }));
      rowLength = row.length;
      return bound;
    }
    for (let i = 0; i < rowLength; i++) bound[rowAt + i] = row[i] as number;
    return bound;
  };
}
