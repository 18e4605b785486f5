import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { keyIdBytes } from '../../keys/wrap-context.ts';
import { microseconds } from '../primitives.ts';
import { approvalRequired } from './approvals.ts';
import { requireCustomerKey } from './key-metadata.ts';
import {
  type CheckedChange,
  type CheckedEdit,
  type KeyEdit,
  type KmsParts,
  namedKey,
} from './kms-parts.ts';
import { checkMembers, wholeNumber } from './request.ts';
import type { RowMaker } from './row-maker.ts';

/**
 * Counts the cells that are under a key now, in all tables that the counter knows; `undefined`
 * when it cannot say.
 */
export type CountCells = (keyId: string) => Promise<bigint | undefined>;

/**
 * A key with live cells is not deleted: they would be lost with it.
 * @throws `ERR_KEY_IN_USE`; without a counter nothing is known and nothing refused
 */
export async function requireDeletable(parts: KmsParts, keyId: unknown): Promise<void> {
  const { control, access } = parts;
  const snapshot = control.snapshot();
  const key = namedKey(snapshot, 'KeyId', keyId, 'id only');
  access.key(snapshot, { operation: 'ScheduleKeyDeletion', key });
  if (parts.countCells === undefined) return;
  const count = await parts.countCells(key.id);
  if (count === 0n) return;
  const message = 'Cells are under this key still, or nobody could count them';
  throw new FieldsealError('ERR_KEY_IN_USE', message, { keyId: key.id });
}

export interface ScheduleDeletionRequest {
  readonly KeyId: string;
  /** 7 to 30; 30 by default. */
  readonly PendingWindowInDays?: number;
}

const DAY = 86_400_000_000n;
const LONGEST_DAYS = 30;

export const SCHEDULE_MEMBERS: readonly string[] = ['KeyId', 'PendingWindowInDays'];

/** Checked edit of `scheduleKeyDeletion`; a shorter window than the longest takes two. */
export function scheduleDeletionEdit(
  { access, approvals, rows, primitives }: KmsParts,
  change: CheckedChange<ScheduleDeletionRequest>,
): CheckedEdit & { readonly at: bigint; readonly days: number } {
  const { snapshot, key, request, approved } = change;
  checkMembers(request, SCHEDULE_MEMBERS);
  const range = { least: 7, most: LONGEST_DAYS, otherwise: LONGEST_DAYS };
  const days = wholeNumber('PendingWindowInDays', request.PendingWindowInDays, range);
  const facts = { pendingWindowInDays: days };
  const decision = access.key(snapshot, { operation: 'ScheduleKeyDeletion', key, facts });
  requireCustomerKey(key, 'ScheduleKeyDeletion');
  if (approvals.required && !approved && days < LONGEST_DAYS) {
    throw approvalRequired(key.id, 'ScheduleKeyDeletion');
  }
  const at = microseconds(primitives.clock) + BigInt(days) * DAY;
  const row = rows.changedKey(key, { state: 'PendingDeletion', deletion_at: at });
  return { edit: { put: [row] }, decision, at, days };
}

/** The rows by which a key ends: a tombstone that no backup undoes, and no material any more. */
export function destroyKey(
  rows: RowMaker,
  snapshot: ControlSnapshot,
  key: KeyRecord,
): NonNullable<KeyEdit> {
  const aliases = [...snapshot.aliases.values()].filter(({ keyId }) => keyId === key.id);
  return {
    put: [
      rows.tombstone(keyIdBytes(key.id), 'key', 'deleted after its waiting period'),
      rows.changedKey(key, { state: 'Destroyed' }),
      ...[...key.versions.values()].map((version) => rows.destroyedVersion(version)),
    ],
    remove: aliases.map(({ name }) => rows.alias(name, key.id)),
  };
}
