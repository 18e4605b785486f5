import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { requireCustomerKey } from './key-metadata.ts';
import { changeKey, type KmsParts } from './kms-parts.ts';
import { checkMembers, wholeNumber } from './request.ts';
import { settingOf } from './rotation.ts';

interface OneVersion {
  readonly KeyId: string;
  readonly Version: number;
}

/** Single versions of a key, which AWS KMS cannot end without the whole key. */
export interface KeyVersions {
  /**
   * Lets one version open nothing any more, in other processes within 10 s. Not the primary one:
   * rotate first. What is under it is lost to everybody until an operator restores the version.
   * @throws `ERR_KEY_STATE` for the primary version, `ERR_REQUEST_INVALID` for one that is not there
   */
  revokeKeyVersion(request: OneVersion): Promise<void>;
  /** Lets no version before this one open anything; it never goes back below an earlier call. */
  setMinDecryptVersion(request: OneVersion): Promise<void>;
}

const RANGE = { least: 1, most: 2 ** 31 - 1 };

function versionOf(key: KeyRecord, number: number): KeyVersionRecord {
  const version = key.versions.get(number);
  if (version !== undefined) return version;
  const meta = { option: 'Version', keyId: key.id };
  throw new FieldsealError('ERR_REQUEST_INVALID', 'The key has no such version', meta);
}

export function createKeyVersions(parts: KmsParts): KeyVersions {
  const { rows } = parts;
  return {
    async revokeKeyVersion(request) {
      checkMembers(request, ['KeyId', 'Version']);
      const number = wholeNumber('Version', request.Version, RANGE);
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'RevokeKeyVersion',
        edit(_snapshot, key) {
          requireCustomerKey(key, 'RevokeKeyVersion');
          const version = versionOf(key, number);
          if (version.state === 'REVOKED' || version.state === 'DESTROYED') return null;
          if (version.state === 'PRIMARY') {
            const meta = { keyId: key.id, keyVersion: number, reason: version.state };
            const message = 'The version seals what is new; rotate the key first';
            throw new FieldsealError('ERR_KEY_STATE', message, meta);
          }
          return { put: [rows.changedVersion(version, 'REVOKED')] };
        },
      });
    },

    async setMinDecryptVersion(request) {
      checkMembers(request, ['KeyId', 'Version']);
      const number = wholeNumber('Version', request.Version, RANGE);
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'SetMinDecryptVersion',
        edit(snapshot, key) {
          requireCustomerKey(key, 'SetMinDecryptVersion');
          const setting = settingOf(snapshot, key.id);
          if (number <= (setting.minDecryptVersion ?? 0)) return null;
          if (number > (key.primary?.version ?? 0)) {
            const meta = { keyId: key.id, keyVersion: number };
            const message = 'The primary version has to be able to open what it seals';
            throw new FieldsealError('ERR_KEY_STATE', message, meta);
          }
          return { put: [rows.setting({ ...setting, minDecryptVersion: number })] };
        },
      });
    },
  };
}
