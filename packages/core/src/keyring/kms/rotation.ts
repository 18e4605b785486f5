import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeyRotationRecord, KeySettingRecord } from '../../keys/key-records.ts';
import { microseconds } from '../primitives.ts';
import { dateOf, materialId, requireCustomerKey } from './key-metadata.ts';
import { changeKey, type KmsParts, lookAtKey } from './kms-parts.ts';
import { type PageEnd, type PageRequest, pageOf } from './page.ts';
import { checkMembers, wholeNumber } from './request.ts';
import { nextRotation, rotationDays, stagedVersion, stageVersion } from './rotation-plan.ts';

export interface RotationListEntry {
  readonly KeyId: string;
  readonly KeyMaterialId: string;
  readonly RotationDate: Date;
  readonly RotationType: 'AUTOMATIC' | 'ON_DEMAND';
  readonly KeyMaterialState: 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION';
}

/**
 * New versions of keys. What is sealed stays as it is and keeps opening under its version; a new
 * version is visible to all processes before the first of them uses it.
 */
export interface KeyRotation {
  /** Rotates by itself every 90 to 2,560 days (365 by default). */
  enableKeyRotation(request: {
    readonly KeyId: string;
    readonly RotationPeriodInDays?: number;
  }): Promise<void>;
  disableKeyRotation(request: { readonly KeyId: string }): Promise<void>;
  getKeyRotationStatus(request: { readonly KeyId: string }): Promise<{
    readonly KeyId: string;
    /** False while the key waits for its deletion. */
    readonly KeyRotationEnabled: boolean;
    readonly RotationPeriodInDays?: number;
    readonly NextRotationDate?: Date;
    /** While a version of `rotateKeyOnDemand` is visible and not yet used. */
    readonly OnDemandRotationStartDate?: Date;
  }>;
  /**
   * Rotates now, at most 25 times a key; the automatic schedule stays what it is.
   * @throws `ERR_LIMIT_EXCEEDED`, `ERR_KEY_STATE` while a rotation is under way
   */
  rotateKeyOnDemand(request: { readonly KeyId: string }): Promise<{ readonly KeyId: string }>;
  /** Versions after the first, newest first. */
  listKeyRotations(
    request: PageRequest & { readonly KeyId: string },
  ): Promise<PageEnd & { readonly Rotations: readonly RotationListEntry[] }>;
}

const MAX_ON_DEMAND = 25;

/**
 * Keys of other kinds get new material by another key and an alias, as in AWS KMS.
 * @throws `ERR_OPERATION_UNSUPPORTED`
 */
export function requireRotatable(key: KeyRecord, operation: string): void {
  requireCustomerKey(key, operation);
  if (key.spec === 'SYMMETRIC_DEFAULT' && key.origin === 'FIELDSEAL') return;
  const message = 'Only symmetric keys with material of Fieldseal rotate';
  throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, { keyId: key.id, operation });
}

/** A key's settings, also when it has none yet. */
export function settingOf(snapshot: ControlSnapshot, keyId: string): KeySettingRecord {
  const none = { rotationDays: null, rotationFrom: null, minDecryptVersion: null };
  return snapshot.settings.get(keyId) ?? { keyId, ...none, materialExpiresAt: null };
}

function requireIdle(key: KeyRecord): void {
  if (stagedVersion(key) === undefined) return;
  const meta = { keyId: key.id, reason: 'ROTATION_IN_PROGRESS' };
  throw new FieldsealError('ERR_KEY_STATE', 'A rotation of the key is under way', meta);
}

function entryOf(key: KeyRecord, { version, type, activateAt }: KeyRotationRecord) {
  const record = key.versions.get(version);
  if (record === undefined) return [];
  const isStaged = record.state === 'STAGED';
  const other = isStaged ? 'PENDING_ROTATION' : 'NON_CURRENT';
  return [
    {
      KeyId: key.id,
      KeyMaterialId: materialId(record),
      RotationDate: dateOf(activateAt),
      RotationType: type as RotationListEntry['RotationType'],
      KeyMaterialState:
        record.state === 'PRIMARY' ? ('CURRENT' as const) : (other as 'NON_CURRENT'),
    },
  ];
}

export function createKeyRotation(parts: KmsParts): KeyRotation {
  const { rows, primitives } = parts;
  return {
    async enableKeyRotation(request) {
      checkMembers(request, ['KeyId', 'RotationPeriodInDays']);
      const range = { least: 90, most: 2560, otherwise: 365 };
      const days = wholeNumber('RotationPeriodInDays', request.RotationPeriodInDays, range);
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'EnableKeyRotation',
        facts: { rotationPeriodInDays: days },
        edit(snapshot, key) {
          requireRotatable(key, 'EnableKeyRotation');
          const setting = settingOf(snapshot, key.id);
          const since = setting.rotationDays === null ? null : setting.rotationFrom;
          const rotationFrom = since ?? microseconds(primitives.clock);
          return { put: [rows.setting({ ...setting, rotationDays: days, rotationFrom })] };
        },
      });
    },

    async disableKeyRotation(request) {
      checkMembers(request, ['KeyId']);
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'DisableKeyRotation',
        edit(snapshot, key) {
          requireRotatable(key, 'DisableKeyRotation');
          const setting = settingOf(snapshot, key.id);
          if (setting.rotationDays === null) return null;
          return { put: [rows.setting({ ...setting, rotationDays: null, rotationFrom: null })] };
        },
      });
    },

    async getKeyRotationStatus(request) {
      checkMembers(request, ['KeyId']);
      const look = { keyId: request.KeyId, operation: 'GetKeyRotationStatus' } as const;
      const { snapshot, key } = lookAtKey(parts, look, 'id only');
      const days = key.state === 'PendingDeletion' ? null : rotationDays(snapshot, key);
      const staged = stagedVersion(key);
      const rotations = snapshot.rotations.get(key.id) ?? [];
      const started = rotations.find(
        ({ version, type }) => version === staged?.version && type === 'ON_DEMAND',
      );
      return {
        KeyId: key.id,
        KeyRotationEnabled: days !== null,
        ...(days === null
          ? {}
          : {
              RotationPeriodInDays: days,
              NextRotationDate: dateOf(nextRotation(snapshot, key) as bigint),
            }),
        ...(started === undefined ? {} : { OnDemandRotationStartDate: dateOf(started.stagedAt) }),
      };
    },

    async rotateKeyOnDemand(request) {
      checkMembers(request, ['KeyId']);
      const { id } = await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'RotateKeyOnDemand',
        edit(snapshot, key) {
          requireRotatable(key, 'RotateKeyOnDemand');
          requireIdle(key);
          const made = snapshot.rotations.get(key.id) ?? [];
          if (made.filter(({ type }) => type === 'ON_DEMAND').length >= MAX_ON_DEMAND) {
            const message = `A key rotates on demand ${MAX_ON_DEMAND} times at most`;
            throw new FieldsealError('ERR_LIMIT_EXCEEDED', message, { keyId: key.id });
          }
          return { put: stageVersion(parts, key, 'ON_DEMAND') };
        },
      });
      return { KeyId: id };
    },

    async listKeyRotations(request) {
      checkMembers(request, ['KeyId', 'Limit', 'Marker']);
      const look = { keyId: request.KeyId, operation: 'ListKeyRotations' } as const;
      const { snapshot, key } = lookAtKey(parts, look, 'id only');
      const rotations = [...(snapshot.rotations.get(key.id) ?? [])].reverse();
      const entries = rotations.flatMap((rotation) => entryOf(key, rotation));
      const { page, end } = pageOf(request, entries, ({ KeyMaterialId }) => KeyMaterialId);
      return { Rotations: page, ...end };
    },
  };
}
