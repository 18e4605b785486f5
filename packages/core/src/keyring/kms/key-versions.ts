import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { isVersionUsable } from '../key-usability.ts';
import { requireCustomerKey } from './key-metadata.ts';
import { changeKey, type KeyEdit, type KmsParts, lookAtKey } from './kms-parts.ts';
import { checkMembers, flag, wholeNumber } from './request.ts';
import { settingOf } from './rotation.ts';

export interface OneVersion {
  readonly KeyId: string;
  readonly Version: number;
}

export interface EndKeyVersionRequest extends OneVersion {
  /**
   * Ends it although index keys are under it: what they index is neither written nor found any more, and
   * nothing takes that back. For when a version has to end at once, whatever it costs.
   * @defaultValue false
   */
  readonly LoseIndexKeys?: boolean;
}

/** Single versions of a key, which AWS KMS cannot end without the whole key. */
export interface KeyVersions {
  /**
   * Lets one version open nothing any more, in other processes within 10 s. Not the primary one:
   * rotate first, and move what is under it by `rewrapDataKeys`. What is left is lost to everybody:
   * no operation takes it back.
   * @throws `ERR_KEY_IN_USE` with the reason `INDEX_KEYS` while an index key is under it, unless the request
   * says `LoseIndexKeys`; `ERR_KEY_STATE` for the primary version, `ERR_REQUEST_INVALID` for one that is
   * not there
   */
  revokeKeyVersion(request: EndKeyVersionRequest): Promise<void>;
  /**
   * Lets no version before this one open anything; it never goes back below an earlier call.
   * @throws `ERR_KEY_IN_USE` as `revokeKeyVersion`, for each version that it ends; `ERR_KEY_STATE` for a
   * number above the primary version, `ERR_REQUEST_INVALID`
   */
  setMinDecryptVersion(request: EndKeyVersionRequest): Promise<void>;
}

/** What the number of a version can be. */
export const RANGE: { readonly least: number; readonly most: number } = {
  least: 1,
  most: 2 ** 31 - 1,
};

/** @throws `ERR_REQUEST_INVALID` */
export function versionOf(key: KeyRecord, number: number): KeyVersionRecord {
  const version = key.versions.get(number);
  if (version !== undefined) return version;
  const meta = { option: 'Version', keyId: key.id };
  throw new FieldsealError('ERR_REQUEST_INVALID', 'The key has no such version', meta);
}

/** What one of these operations does to a key as it is. */
interface Ending {
  readonly edit: KeyEdit;
  /** Versions that open nothing any more from then on. */
  readonly versions: readonly number[];
}

const NOTHING: Ending = { edit: null, versions: [] };

export function createKeyVersions(parts: KmsParts): KeyVersions {
  const { control, rows, versionsInUse } = parts;

  function revoking(key: KeyRecord, number: number): Ending {
    const version = versionOf(key, number);
    if (version.state === 'REVOKED' || version.state === 'DESTROYED') return NOTHING;
    if (version.state === 'PRIMARY') {
      const meta = { keyId: key.id, keyVersion: number, reason: version.state };
      const message = 'The version seals what is new; rotate the key first';
      throw new FieldsealError('ERR_KEY_STATE', message, meta);
    }
    return { edit: { put: [rows.changedVersion(version, 'REVOKED')] }, versions: [number] };
  }

  function raising(key: KeyRecord, number: number, snapshot: ControlSnapshot): Ending {
    const setting = settingOf(snapshot, key.id);
    if (number <= (setting.minDecryptVersion ?? 0)) return NOTHING;
    if (number > (key.primary?.version ?? 0)) {
      const meta = { keyId: key.id, keyVersion: number };
      const message = 'The primary version has to be able to open what it seals';
      throw new FieldsealError('ERR_KEY_STATE', message, meta);
    }
    const versions = [...key.versions.values()]
      .filter((version) => version.version < number && isVersionUsable(snapshot, version, 'open'))
      .map(({ version }) => version);
    return { edit: { put: [rows.setting({ ...setting, minDecryptVersion: number })] }, versions };
  }

  async function end(
    operation: 'RevokeKeyVersion' | 'SetMinDecryptVersion',
    request: EndKeyVersionRequest,
    endingOf: (key: KeyRecord, number: number, snapshot: ControlSnapshot) => Ending,
  ): Promise<void> {
    checkMembers(request, ['KeyId', 'Version', 'LoseIndexKeys']);
    const number = wholeNumber('Version', request.Version, RANGE);
    const loseIndexKeys = flag('LoseIndexKeys', request.LoseIndexKeys);
    const keyId = request.KeyId;
    if (!loseIndexKeys) {
      await control.poll();
      const { snapshot, key } = lookAtKey(parts, { keyId, operation }, 'id only');
      requireCustomerKey(key, operation);
      // a new index key is a change under the primary version: none comes in under these meanwhile
      await versionsInUse.refuseIndexKeys(key.id, endingOf(key, number, snapshot).versions);
    }
    await changeKey(parts, {
      keyId,
      operation,
      details: { version: number, ...(loseIndexKeys ? { loseIndexKeys } : {}) },
      edit(snapshot, key) {
        requireCustomerKey(key, operation);
        return endingOf(key, number, snapshot).edit;
      },
    });
  }

  return {
    revokeKeyVersion: (request) => end('RevokeKeyVersion', request, revoking),
    setMinDecryptVersion: (request) => end('SetMinDecryptVersion', request, raising),
  };
}
