import type { OperationCall } from './operation-call.ts';
import { isRecord } from './record.ts';

/** One row to be read on behalf of an operation. */
export interface Read {
  readonly model: string;
  readonly action: 'findUnique' | 'findFirst';
  readonly where: unknown;
  readonly select: Readonly<Record<string, unknown>>;
}

/**
 * Reads what an operation has to know first, inside the same interactive transaction. It goes the
 * way of the operation itself with another action, so it sees the same connection and no other
 * extension. In a batch it runs before the batch: the batch is one round trip.
 * @returns the row, or `null` when there is none
 */
export async function runRead(
  call: OperationCall,
  { model, action, where, select }: Read,
): Promise<Readonly<Record<string, unknown>> | null> {
  const args = { where, select };
  const { transaction, ...internals } = { ...call.__internalParams };
  const request = {
    ...internals,
    args,
    model,
    action,
    clientMethod: `${model}.${action}`,
    dataPath: [],
    unpacker: undefined,
    ...(transaction?.kind === 'itx' ? { transaction } : {}),
  };
  const found = await call.query(args, request);
  return isRecord(found) ? found : null;
}
