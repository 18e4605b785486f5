import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeySettingRecord } from '../../keys/key-records.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import { isDestroyed } from '../key-usability.ts';
import { awaitsRotation } from './key-materials.ts';
import { dateOf, requireCustomerKey } from './key-metadata.ts';
import { changeKey, type KmsParts, lookAtKey } from './kms-parts.ts';
import { type PageEnd, type PageRequest, pageOf } from './page.ts';
import { checkMembers, oneOf, wholeNumber } from './request.ts';
import {
  INCLUDED,
  type IncludeKeyMaterial,
  listedVersions,
  OLDEST_FIRST,
  type RotationListEntry,
  rotationEntry,
} from './rotation-list.ts';
import {
  nextRotation,
  rotationDays,
  stagedAt,
  stagedVersion,
  stageVersion,
} from './rotation-plan.ts';

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
    /** False while the key waits for its deletion, and afterwards. */
    readonly KeyRotationEnabled: boolean;
    readonly RotationPeriodInDays?: number;
    readonly NextRotationDate?: Date;
    /** While a version of `rotateKeyOnDemand` is visible and not yet used. */
    readonly OnDemandRotationStartDate?: Date;
  }>;
  /**
   * Rotates now, at most 25 times a key; the automatic schedule stays what it is. A key with
   * imported material takes over what was imported as `NEW_KEY_MATERIAL`.
   * @throws `ERR_LIMIT_EXCEEDED`, `ERR_ROTATION_CONFLICT` while a rotation is under way, overdue, or
   * due by schedule within 20 minutes, `ERR_KEY_STATE` when nothing new was imported
   */
  rotateKeyOnDemand(request: { readonly KeyId: string }): Promise<{ readonly KeyId: string }>;
  /**
   * Rotations that took place, oldest first; with `ALL_KEY_MATERIAL` all versions there are, also
   * one that is still to take over.
   * @throws `ERR_OPERATION_UNSUPPORTED` for keys for codes, `ERR_MARKER_INVALID`
   */
  listKeyRotations(
    request: PageRequest & {
      readonly KeyId: string;
      readonly IncludeKeyMaterial?: IncludeKeyMaterial;
    },
  ): Promise<PageEnd & { readonly Rotations: readonly RotationListEntry[] }>;
}

const MAX_ON_DEMAND = 25;

function requireSymmetric(key: KeyRecord, operation: string): void {
  if (key.spec === 'SYMMETRIC_DEFAULT') return;
  const message = 'Keys for codes do not rotate';
  throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, { keyId: key.id, operation });
}

/**
 * Keys of other kinds get new material by another key and an alias, as in AWS KMS.
 * @throws `ERR_OPERATION_UNSUPPORTED`
 */
export function requireRotatable(key: KeyRecord, operation: string): void {
  requireCustomerKey(key, operation);
  requireSymmetric(key, operation);
  if (key.origin === 'FIELDSEAL') return;
  const message = 'Only symmetric keys with material of Fieldseal rotate';
  throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, { keyId: key.id, operation });
}

/** A key's settings, also when it has none yet. */
export function settingOf(snapshot: ControlSnapshot, keyId: string): KeySettingRecord {
  const none = { rotationDays: null, rotationFrom: null, minDecryptVersion: null };
  return snapshot.settings.get(keyId) ?? { keyId, ...none };
}

/** As in AWS KMS: so near to a rotation by schedule there is none on demand. */
const NEAR = 20n * 60_000_000n;

function requireIdle(snapshot: ControlSnapshot, key: KeyRecord, time: bigint): void {
  const staged = stagedVersion(key);
  const isUnderWay = staged !== undefined && !awaitsRotation(snapshot, staged);
  const next = nextRotation(snapshot, key);
  if (!isUnderWay && (next === null || next > time + NEAR)) return;
  const message = isUnderWay
    ? 'A rotation of the key is under way'
    : 'The key rotates by itself within 20 minutes, or is about to';
  throw new FieldsealError('ERR_ROTATION_CONFLICT', message, { keyId: key.id });
}

/** Rows by which imported material that waits is announced, to take over like any version. */
function announceImport(
  parts: KmsParts,
  snapshot: ControlSnapshot,
  { key, time }: { readonly key: KeyRecord; readonly time: bigint },
): ControlRow[] {
  const staged = stagedVersion(key);
  if (staged === undefined || !awaitsRotation(snapshot, staged)) {
    const meta = { keyId: key.id, reason: 'NO_NEW_MATERIAL' };
    const message = 'Material to rotate to has to be imported first, as NEW_KEY_MATERIAL';
    throw new FieldsealError('ERR_KEY_STATE', message, meta);
  }
  const { version } = staged;
  const times = stagedAt(parts, time);
  return [parts.rows.rotation({ keyId: key.id, version, type: 'ON_DEMAND', ...times })];
}

export function createKeyRotation(parts: KmsParts): KeyRotation {
  const { rows } = parts;
  return {
    async enableKeyRotation(request) {
      checkMembers(request, ['KeyId', 'RotationPeriodInDays']);
      const range = { least: 90, most: 2560, otherwise: 365 };
      const days = wholeNumber('RotationPeriodInDays', request.RotationPeriodInDays, range);
      const time = await parts.time.shared();
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'EnableKeyRotation',
        facts: { rotationPeriodInDays: days },
        edit(snapshot, key) {
          requireRotatable(key, 'EnableKeyRotation');
          const setting = settingOf(snapshot, key.id);
          const since = setting.rotationDays === null ? null : setting.rotationFrom;
          const rotationFrom = since ?? time;
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
      const isEnding = key.state === 'PendingDeletion' || isDestroyed(snapshot, key);
      const days = isEnding ? null : rotationDays(snapshot, key);
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
      const time = await parts.time.shared();
      const { id } = await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'RotateKeyOnDemand',
        edit(snapshot, key) {
          const isImported = key.origin === 'EXTERNAL' && key.spec === 'SYMMETRIC_DEFAULT';
          if (!isImported) requireRotatable(key, 'RotateKeyOnDemand');
          requireIdle(snapshot, key, time);
          const made = snapshot.rotations.get(key.id) ?? [];
          if (made.filter(({ type }) => type === 'ON_DEMAND').length >= MAX_ON_DEMAND) {
            const message = `A key rotates on demand ${MAX_ON_DEMAND} times at most`;
            throw new FieldsealError('ERR_LIMIT_EXCEEDED', message, { keyId: key.id });
          }
          return {
            put: isImported
              ? announceImport(parts, snapshot, { key, time })
              : stageVersion(parts, snapshot, { key, type: 'ON_DEMAND', time }),
          };
        },
      });
      return { KeyId: id };
    },

    async listKeyRotations(request) {
      checkMembers(request, ['KeyId', 'IncludeKeyMaterial', 'Limit', 'Marker']);
      const { KeyId, IncludeKeyMaterial } = request;
      const include = oneOf('IncludeKeyMaterial', IncludeKeyMaterial, INCLUDED, 'ROTATIONS_ONLY');
      const look = { keyId: KeyId, operation: 'ListKeyRotations' } as const;
      const { snapshot, key } = lookAtKey(parts, look, 'id only');
      requireSymmetric(key, 'ListKeyRotations');
      const versions = listedVersions(snapshot, key, include);
      const { page, end } = pageOf(request, versions, OLDEST_FIRST);
      const Rotations = page.map((version) => rotationEntry(snapshot, key, version));
      return { Rotations, ...end };
    },
  };
}
