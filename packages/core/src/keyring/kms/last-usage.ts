import type { AuditRow } from '../../keys/key-store.ts';
import { dateOf } from './key-metadata.ts';
import { type KmsParts, lookAtKey } from './kms-parts.ts';
import { checkMembers } from './request.ts';

/** Operations that count as a use of a key: those that use its material. */
const USES = [
  'Encrypt',
  'Decrypt',
  'ReEncrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
] as const;

/** The last successful use of a key. */
export interface KeyLastUsageData {
  readonly Operation: (typeof USES)[number];
  readonly Timestamp: Date;
  /** Chain and number of the entry of the audit trail, where AWS has the event of CloudTrail. */
  readonly AuditEntryId: string;
}

/** When a key was used last. */
export interface KeyLastUsage {
  /**
   * The last successful cryptographic operation with a key, as the audit trail has it: sealed fields
   * that were written, read or looked up count as well. What waits in this process is written first;
   * other processes write theirs once a minute. `KeyLastUsage` is empty when there is no such
   * entry since `TrackingStartDate`, the time of the oldest entry that is kept.
   * @param request - `KeyId` takes no alias.
   * @throws `ERR_REQUEST_INVALID`, `ERR_KEY_NOT_FOUND`, `ERR_ACCESS_DENIED`, `ERR_AUDIT_UNAVAILABLE`,
   * `ERR_AUDIT_BROKEN`
   */
  getKeyLastUsage(request: { readonly KeyId: string }): Promise<{
    readonly KeyId: string;
    readonly KeyCreationDate: Date;
    readonly TrackingStartDate: Date;
    readonly KeyLastUsage: Partial<KeyLastUsageData>;
  }>;
}

function usageOf({ columns }: AuditRow): KeyLastUsageData {
  return {
    Operation: columns.action as KeyLastUsageData['Operation'],
    Timestamp: dateOf((columns.ended_at ?? columns.occurred_at) as bigint),
    AuditEntryId: `${columns.chain}/${columns.sequence}`,
  };
}

export function createKeyLastUsage(parts: KmsParts): KeyLastUsage {
  const { lastUse, primitives } = parts;
  return {
    async getKeyLastUsage(request) {
      checkMembers(request, ['KeyId']);
      const look = { keyId: request.KeyId, operation: 'GetKeyLastUsage' } as const;
      const { key } = lookAtKey(parts, look, 'id only');
      const row = await lastUse.of(key.id, USES);
      const beginning = await lastUse.beginning();
      return {
        KeyId: key.id,
        KeyCreationDate: dateOf(key.createdAt),
        TrackingStartDate:
          beginning === null
            ? new Date(primitives.clock.now())
            : dateOf(beginning.columns.occurred_at as bigint),
        KeyLastUsage: row === null ? {} : usageOf(row),
      };
    },
  };
}
