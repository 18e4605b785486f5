import { equalBytes } from '../bytes/equal.ts';
import type { Engine } from '../cipher/engine.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { checkColumns } from '../keys/columns.ts';
import type { AuditRow, CheckpointRow } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { EntryColumns } from './entry-columns.ts';
import { entryHash, NO_HASH } from './entry-hash.ts';

/** The chain of all management operations of a store. Every other one is of a process. */
export const MANAGEMENT = 'management';

/** A place in a chain: how far somebody knows it. */
export interface AuditPoint {
  readonly chain: string;
  /** 0: nothing yet. */
  readonly sequence: bigint;
  /** Hash of the entry, 32 bytes. */
  readonly hash: Uint8Array;
}

/** What entries of one store are hashed and authenticated with. */
export interface ChainKeys {
  readonly engine: Engine;
  readonly secrets: StoreSecrets;
}

/** Continues a chain in memory; nothing is written. */
export interface AuditChain {
  head(): AuditPoint;
  /** The next entry: numbered, linked to the one before, hashed and with its MAC. */
  seal(columns: EntryColumns): AuditRow;
}

export function startOf(chain: string): AuditPoint {
  return { chain, sequence: 0n, hash: NO_HASH };
}

export function pointOf({ columns }: AuditRow): AuditPoint {
  return {
    chain: columns.chain as string,
    sequence: columns.sequence as bigint,
    hash: columns.hash as Uint8Array,
  };
}

export function continueChain({ engine, secrets }: ChainKeys, from: AuditPoint): AuditChain {
  let head = from;
  return {
    head: () => head,
    seal(columns) {
      const { chain, sequence, hash: previous } = head;
      const placed = { ...columns, chain, sequence: sequence + 1n, previous, hash: null };
      const hash = entryHash(engine, placed);
      const row = secrets.sealRow('audit_entry', { ...placed, hash });
      head = pointOf(row);
      return row;
    },
  };
}

export function brokenChain(reason: string): FieldsealError {
  return new FieldsealError('ERR_AUDIT_BROKEN', 'The audit trail is not what it was', {
    table: 'audit_entry',
    reason,
  });
}

export function isBrokenChain(error: unknown): error is FieldsealError {
  return error instanceof FieldsealError && error.code === 'ERR_AUDIT_BROKEN';
}

/** Whether a row has the columns of its table, each of its type. */
export function isWellFormed(row: AuditRow | CheckpointRow): boolean {
  try {
    checkColumns(row);
    return true;
  } catch {
    return false;
  }
}

/**
 * Checks an entry that is to be continued or signed: a signature on what somebody else put there
 * would make it true.
 * @throws `ERR_AUDIT_BROKEN`
 */
export function checkEntry({ engine, secrets }: ChainKeys, row: AuditRow): AuditPoint {
  if (!isWellFormed(row)) throw brokenChain('MALFORMED');
  const point = pointOf(row);
  const sound = equalBytes(entryHash(engine, row.columns), point.hash) && secrets.verifyRow(row);
  if (!sound) throw brokenChain('EDITED');
  return point;
}
