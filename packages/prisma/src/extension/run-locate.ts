import type { OperationCall } from './operation-call.ts';
import { isRecord } from './record.ts';

/**
 * Reads the key of the row that a write is about to hit, inside the same interactive transaction.
 * It goes the way of the write itself with another operation, so it sees the same connection and
 * no other extension. In a batch it runs before the batch: the batch is one round trip.
 * @returns the row, or `null` when there is none
 */
export async function runLocate(
  call: OperationCall,
  where: unknown,
  select: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>> | null> {
  const args = { where, select };
  const { transaction, ...internals } = { ...call.__internalParams };
  const request = {
    ...internals,
    args,
    action: 'findUnique',
    clientMethod: `${call.model}.findUnique`,
    dataPath: [],
    unpacker: undefined,
    ...(transaction?.kind === 'itx' ? { transaction } : {}),
  };
  const found = await call.query(args, request);
  return isRecord(found) ? found : null;
}
