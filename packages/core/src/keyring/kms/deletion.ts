import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { keyIdBytes } from '../../keys/wrap-context.ts';
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
 * A key with live cells is not deleted: they would be lost with it.
 * @throws `ERR_KEY_IN_USE`; without a counter it is not refused, and not ended either
 */
export async function requireDeletable(
  parts: KmsParts,
  request: ScheduleDeletionRequest,
): Promise<void> {
  const { control, access } = parts;
  // what is counted is of the key as it is now, for those who may end it now
  await control.poll();
  const snapshot = control.snapshot();
  const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
  const facts = { pendingWindowInDays: windowOf(request) };
  access.key(snapshot, { operation: 'ScheduleKeyDeletion', key, facts });
  if (parts.countCells === undefined) return;
  const count = await parts.countCells(key.id, parts.dataKeys.describe);
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

const WINDOW = { least: 7, most: LONGEST_DAYS, otherwise: LONGEST_DAYS };

/** The waiting period of a request, in days. */
export function windowOf({ PendingWindowInDays }: ScheduleDeletionRequest): number {
  return wholeNumber('PendingWindowInDays', PendingWindowInDays, WINDOW);
}

/**
 * Checked edit of `scheduleKeyDeletion`; a shorter window than the longest takes two.
 * @param change.now - Where the window begins: the later of two clocks.
 */
export function scheduleDeletionEdit(
  { access, approvals, rows }: KmsParts,
  change: CheckedChange<ScheduleDeletionRequest> & { readonly now: bigint },
): CheckedEdit & { readonly at: bigint; readonly days: number } {
  const { snapshot, key, request, approved, now } = change;
  checkMembers(request, SCHEDULE_MEMBERS);
  const days = windowOf(request);
  const facts = { pendingWindowInDays: days };
  const decision = access.key(snapshot, { operation: 'ScheduleKeyDeletion', key, facts });
  requireCustomerKey(key, 'ScheduleKeyDeletion');
  if (approvals.required && !approved && days < LONGEST_DAYS) {
    throw approvalRequired(key.id, 'ScheduleKeyDeletion');
  }
  const at = now + BigInt(days) * DAY;
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
