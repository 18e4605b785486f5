import { latin1 } from '../bytes/latin1.ts';
import { columnsOf } from '../keys/columns.ts';
import type { KeyRow } from '../keys/key-store.ts';
import type { Scope } from './key-door.ts';
import type { ChildKeyFacts } from './key-usability.ts';

/** What a row of a data key or index key says of itself. Its MAC is for the caller to verify. */
export function keyRowFacts(row: KeyRow): ChildKeyFacts {
  const columns = columnsOf(row);
  return {
    id: latin1(columns.bytes('id', 16)),
    keyId: columns.text('key_id'),
    keyVersion: columns.int('key_version'),
    state: columns.text('state'),
    createdAtMs: Number(columns.timestamp('created_at') / 1000n),
    scope: keyRowScope(row),
  };
}

/** Whose data the key of a row covers. */
export function keyRowScope(row: KeyRow): Scope {
  const columns = columnsOf(row);
  const tenant = columns.optionalText('tenant');
  const subject = row.table === 'data_key' ? columns.optionalText('subject') : null;
  return { ...(tenant === null ? {} : { tenant }), ...(subject === null ? {} : { subject }) };
}
