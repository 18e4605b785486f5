import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { versionTombstoneId } from '../../keys/version-tombstone.ts';
import { isRetired, requireRetirable } from '../key-usability.ts';
import { SEAL_LEASE_MS } from '../reach.ts';
import { approvalRequired } from './approvals.ts';
import { dateOf } from './key-metadata.ts';
import { type OneVersion, RANGE, versionOf } from './key-versions.ts';
import {
  type CheckedChange,
  type CheckedEdit,
  changeKey,
  type KeyEdit,
  type KmsParts,
  namedKey,
  withFacts,
} from './kms-parts.ts';
import { checkMembers, wholeNumber } from './request.ts';
import { requireRotatable } from './rotation.ts';

export interface RetireKeyVersionRequest extends OneVersion {
  /** 7 to 30; 30 by default. */
  readonly PendingWindowInDays?: number;
}

export interface RetireKeyVersionResponse {
  readonly KeyId: string;
  readonly Version: number;
  /** From when on nothing opens under it, if nothing is under it then. */
  readonly ClosingDate: Date;
  /** The earliest end of its material. */
  readonly DeletionDate: Date;
  readonly PendingWindowInDays: number;
}

/** How the material of one version ends, and the key goes on. */
export interface VersionRetirement {
  /**
   * Ends a version that seals no more, if nothing is under it. First everybody has time to learn that it
   * seals no more; then it is counted again, and opens nothing from then on, so that what no count sees
   * is noticed; after the waiting period it is counted once more, and its material is destroyed. The
   * later steps are done by `runDue`, and only while the count is zero.
   *
   * @throws `ERR_KEY_IN_USE` with the reason `CELLS`, `INDEX_KEYS` or `NOT_COUNTED`; `ERR_KEY_STATE` for
   * the primary version and one that is on its way already, `ERR_KEY_DESTROYED`, `ERR_REQUEST_INVALID`,
   * `ERR_APPROVAL_REQUIRED` for less than 30 days where there are approvers, `ERR_OPERATION_UNSUPPORTED`
   * for imported material
   */
  retireKeyVersion(request: RetireKeyVersionRequest): Promise<RetireKeyVersionResponse>;
  /**
   * Keeps a version that was to end; it opens again, unless it was revoked before.
   * @throws `ERR_KEY_STATE` when it is not to end, `ERR_KEY_DESTROYED`, `ERR_REQUEST_INVALID`
   */
  cancelKeyVersionRetirement(request: OneVersion): Promise<void>;
}

const LONGEST_DAYS = 30;
const WINDOW = { least: 7, most: LONGEST_DAYS, otherwise: LONGEST_DAYS };
const DAY = 86_400_000_000n;
const LEASE = BigInt(SEAL_LEASE_MS) * 1000n;

/** Whether a version is on its way to its end. */
export function isRetiring({ state, deletionAt }: KeyVersionRecord): boolean {
  return deletionAt !== null && state !== 'DESTROYED';
}

/** What the rows of a version become when nobody can seal under it any more and nothing is there. */
export function closedVersion(
  { rows }: Pick<KmsParts, 'rows'>,
  version: KeyVersionRecord,
  now: bigint,
): KeyEdit {
  const { state, retireAt, deletionAt } = version;
  if (retireAt === null || deletionAt === null) return null;
  // the waiting period is as long as was asked for, however late it begins
  const times = { retire_at: null, deletion_at: now + (deletionAt - retireAt) };
  // what is revoked opens nothing already, and stays so when this is called off
  const next = state === 'REVOKED' ? state : 'PENDING_DELETION';
  return { put: [rows.changedVersion(version, next, times)] };
}

/** The rows by which a version ends: a tombstone that no backup undoes, and no material any more. */
export function endedVersion(
  { rows }: Pick<KmsParts, 'rows'>,
  version: KeyVersionRecord,
): NonNullable<KeyEdit> {
  const id = versionTombstoneId(version.keyId, version.version);
  const reason = 'retired after its waiting period';
  return { put: [rows.tombstone(id, 'key_version', reason), rows.destroyedVersion(version)] };
}

function retirable(snapshot: ControlSnapshot, key: KeyRecord, number: number): KeyVersionRecord {
  requireRotatable(key, 'RetireKeyVersion');
  const version = versionOf(key, number);
  requireRetirable(snapshot, version);
  if (!isRetiring(version)) return version;
  const meta = { keyId: key.id, keyVersion: number, reason: 'PENDING_DELETION' };
  throw new FieldsealError('ERR_KEY_STATE', 'The version is to end already', meta);
}

/** The version of a request and its waiting period in days, as far as the request alone tells. */
export function retirementOf(request: RetireKeyVersionRequest): {
  readonly number: number;
  readonly days: number;
} {
  checkMembers(request, ['KeyId', 'Version', 'PendingWindowInDays']);
  return {
    number: wholeNumber('Version', request.Version, RANGE),
    days: wholeNumber('PendingWindowInDays', request.PendingWindowInDays, WINDOW),
  };
}

type Retirement = CheckedChange<RetireKeyVersionRequest> & { readonly now: bigint };

/**
 * Checked edit of `retireKeyVersion`; a shorter window than the longest takes two.
 * @param change.now - The later of two clocks; the window begins a seal lease after it.
 */
export function retirementEdit(
  { access, approvals, rows }: KmsParts,
  { snapshot, key, request, approved, now }: Retirement,
): CheckedEdit & { readonly retireAt: bigint; readonly deletionAt: bigint; readonly days: number } {
  const { number, days } = retirementOf(request);
  const facts = { pendingWindowInDays: days };
  const decision = access.key(snapshot, { operation: 'RetireKeyVersion', key, facts });
  const version = retirable(snapshot, key, number);
  if (approvals.required && !approved && days < LONGEST_DAYS) {
    throw approvalRequired(key.id, 'RetireKeyVersion');
  }
  const retireAt = now + LEASE;
  const deletionAt = retireAt + BigInt(days) * DAY;
  const times = { retire_at: retireAt, deletion_at: deletionAt };
  const put = [rows.changedVersion(version, version.state, times)];
  return {
    edit: { put },
    decision,
    details: { version: number, days },
    retireAt,
    deletionAt,
    days,
  };
}

/**
 * A version with live cells or index keys is not retired: they would be lost with it. Nobody has
 * something counted without the right to what the count is for.
 * @throws `ERR_KEY_IN_USE`, and what the operation itself throws
 */
export async function requireUnused(
  parts: KmsParts,
  request: RetireKeyVersionRequest,
  approved: boolean,
): Promise<void> {
  const { control, versionsInUse } = parts;
  await control.poll();
  const snapshot = control.snapshot();
  const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
  retirementEdit(parts, { snapshot, key, request, approved, now: 0n });
  await versionsInUse.refuse(key.id, request.Version);
}

export function createVersionRetirement(parts: KmsParts): VersionRetirement {
  const { control, rows, time } = parts;

  return {
    async retireKeyVersion(request) {
      const { number } = retirementOf(request);
      await requireUnused(parts, request, false);
      const now = await time.latest();
      let ends = { retireAt: 0n, deletionAt: 0n, days: 0 };
      await control.change((snapshot) => {
        const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
        const change = { snapshot, key, request, approved: false, now };
        const checked = retirementEdit(parts, change);
        ends = checked;
        return withFacts(parts, 'RetireKeyVersion', key.id, checked);
      });
      return {
        KeyId: request.KeyId,
        Version: number,
        ClosingDate: dateOf(ends.retireAt),
        DeletionDate: dateOf(ends.deletionAt),
        PendingWindowInDays: ends.days,
      };
    },

    async cancelKeyVersionRetirement(request) {
      checkMembers(request, ['KeyId', 'Version']);
      const number = wholeNumber('Version', request.Version, RANGE);
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'CancelKeyVersionRetirement',
        details: { version: number },
        edit(snapshot, key) {
          requireRotatable(key, 'CancelKeyVersionRetirement');
          const version = versionOf(key, number);
          if (isRetired(snapshot, version)) {
            const meta = { keyId: key.id, keyVersion: number };
            throw new FieldsealError('ERR_KEY_DESTROYED', 'The version is gone', meta);
          }
          if (!isRetiring(version)) {
            const meta = { keyId: key.id, keyVersion: number, reason: version.state };
            throw new FieldsealError('ERR_KEY_STATE', 'The version is not to end', meta);
          }
          const state = version.state === 'REVOKED' ? 'REVOKED' : 'DECRYPT_ONLY';
          const times = { retire_at: null, deletion_at: null };
          return { put: [rows.changedVersion(version, state, times)] };
        },
      });
    },
  };
}
