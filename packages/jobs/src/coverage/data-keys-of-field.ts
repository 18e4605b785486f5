import type { Session } from '../table/session.ts';
import { countField } from './count-field.ts';
import type { CoveredField } from './covered-fields.ts';
import { dataKeysByIndex } from './data-keys-by-index.ts';

/** The data keys that the cells of one column name, as of one moment. */
export interface DataKeysOfField {
  /** 32 hexadecimal digits each; also of those that no key store has. */
  readonly ids: readonly string[];
  /** Cells under some of them, as of the same moment; asked for once. */
  count(asked: readonly string[]): Promise<bigint>;
}

/** By the index where there is one that serves, else by reading the table. @throws `ERR_DATABASE` */
export async function dataKeysOfField(
  session: Session,
  covered: CoveredField,
): Promise<DataKeysOfField> {
  const found = await dataKeysByIndex(session, covered);
  if (found !== undefined) return found;
  const { cells } = await countField(session, covered);
  return {
    ids: [...cells.keys()],
    count: async (asked) => asked.reduce((sum, id) => sum + BigInt(cells.get(id)?.rows ?? 0), 0n),
  };
}
