import { importWrapping } from '#import-wrapping';
import { equalBytes } from '../../bytes/equal.ts';
import {
  WRAPPING_ALGORITHMS,
  WRAPPING_KEY_SPECS,
  type WrappingAlgorithm,
  type WrappingKeySpec,
} from '../../cipher/import-wrapping.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import type { ImportTokens } from './import-token.ts';
import { materialId } from './key-metadata.ts';
import { changeKey, type KmsParts, namedKey } from './kms-parts.ts';
import { boundedBytes, checkMembers, invalidRequest, oneOf, optionalDate } from './request.ts';
import { settingOf } from './rotation.ts';

const EXPIRES = 'KEY_MATERIAL_EXPIRES';
const FOREVER = 'KEY_MATERIAL_DOES_NOT_EXPIRE';

/** Key material of your own, for keys with the origin `EXTERNAL`. */
export interface ImportMaterial {
  /** A public key to wrap the material with, and a token to send back with it; valid 24 hours. */
  getParametersForImport(request: {
    readonly KeyId: string;
    readonly WrappingAlgorithm: WrappingAlgorithm;
    readonly WrappingKeySpec: WrappingKeySpec;
  }): Promise<{
    readonly KeyId: string;
    readonly ImportToken: Uint8Array;
    /** SubjectPublicKeyInfo, DER. */
    readonly PublicKey: Uint8Array;
    readonly ParametersValidTo: Date;
  }>;
  /**
   * Takes 32 bytes of material. A key that lost its material gets the same again and no other.
   * @throws `ERR_IMPORT_TOKEN_INVALID`, `ERR_KEY_MATERIAL_INCORRECT`, `ERR_CIPHERTEXT_REJECTED` for
   * what does not unwrap
   */
  importKeyMaterial(request: {
    readonly KeyId: string;
    readonly ImportToken: Uint8Array;
    readonly EncryptedKeyMaterial: Uint8Array;
    /** `KEY_MATERIAL_EXPIRES` by default, which needs `ValidTo`. */
    readonly ExpirationModel?: typeof EXPIRES | typeof FOREVER;
    readonly ValidTo?: Date;
  }): Promise<{ readonly KeyId: string; readonly KeyMaterialId: string }>;
  /** Wipes the material; the key waits for it to be imported again. */
  deleteImportedKeyMaterial(request: { readonly KeyId: string }): Promise<{
    readonly KeyId: string;
  }>;
}

const DAY_MS = 86_400_000;
const MATERIAL_BYTES = 32;

function requireExternal(key: KeyRecord, operation: string): void {
  if (key.origin === 'EXTERNAL') return;
  const message = 'Only keys with the origin EXTERNAL take material';
  throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, { keyId: key.id, operation });
}

/** When the material ends, in microseconds; `null`: never. */
function expiry(now: number, model: unknown, validTo: unknown): bigint | null {
  const wanted = oneOf('ExpirationModel', model, [EXPIRES, FOREVER], EXPIRES);
  const date = optionalDate('ValidTo', validTo);
  if (wanted === FOREVER) {
    if (date === undefined) return null;
    throw invalidRequest('ValidTo', 'Is for material that expires');
  }
  if (date === undefined || date.getTime() <= now || date.getTime() > now + 365 * DAY_MS) {
    throw invalidRequest('ValidTo', 'Must be within the next 365 days');
  }
  return BigInt(date.getTime()) * 1000n;
}

export function createImportMaterial(parts: KmsParts, tokens: ImportTokens): ImportMaterial {
  const { control, access, primitives, rows } = parts;
  const { engine, clock } = primitives;

  function invalidToken(keyId: string): FieldsealError {
    const message = 'The token is not one for this key, or its time is over';
    return new FieldsealError('ERR_IMPORT_TOKEN_INVALID', message, { keyId });
  }

  function unwrapMaterial(keyId: string, token: Uint8Array, encrypted: Uint8Array): Uint8Array {
    const opened = tokens.open(keyId, token);
    if (opened === null) throw invalidToken(keyId);
    try {
      if (opened.validTo * 1000 <= clock.now()) throw invalidToken(keyId);
      const material = importWrapping.unwrap(opened.algorithm, opened.privateKey, encrypted);
      if (material?.length === MATERIAL_BYTES) return material;
      material?.fill(0);
      const message = `The material does not unwrap to ${MATERIAL_BYTES} bytes`;
      throw new FieldsealError('ERR_CIPHERTEXT_REJECTED', message, { keyId });
    } finally {
      opened.privateKey.fill(0);
    }
  }

  /** Rows by which a key gets its material, for the first time or again. */
  function materialRows(key: KeyRecord, material: Uint8Array): ControlRow[] {
    const former = [...key.versions.values()].at(-1);
    if (former === undefined) {
      return [rows.version(key, { number: 1, state: 'PRIMARY' }, material)];
    }
    if (!equalBytes(rows.commitment(material), former.commitment)) {
      const message = 'The material is not what the key had before; make another key for it';
      throw new FieldsealError('ERR_KEY_MATERIAL_INCORRECT', message, { keyId: key.id });
    }
    if (former.state === 'PRIMARY') return [];
    return [rows.restoredVersion(key, former, { state: 'PRIMARY', material })];
  }

  return {
    async getParametersForImport(request) {
      checkMembers(request, ['KeyId', 'WrappingAlgorithm', 'WrappingKeySpec']);
      const { KeyId } = request;
      const algorithm = oneOf('WrappingAlgorithm', request.WrappingAlgorithm, WRAPPING_ALGORITHMS);
      const spec = oneOf('WrappingKeySpec', request.WrappingKeySpec, WRAPPING_KEY_SPECS);
      const snapshot = control.snapshot();
      const key = namedKey(snapshot, 'KeyId', KeyId, 'id only');
      access.key(snapshot, { operation: 'GetParametersForImport', key });
      requireExternal(key, 'GetParametersForImport');
      const pair = await importWrapping.createKeyPair(spec);
      const validTo = Math.trunc((clock.now() + DAY_MS) / 1000);
      const token = { algorithm, validTo, privateKey: pair.privateKey };
      const ImportToken = tokens.seal(key.id, token, engine.sha256(pair.publicKey));
      pair.privateKey.fill(0);
      const end = { PublicKey: pair.publicKey, ParametersValidTo: new Date(validTo * 1000) };
      return { KeyId: key.id, ImportToken, ...end };
    },

    async importKeyMaterial(request) {
      checkMembers(request, [
        'KeyId',
        'ImportToken',
        'EncryptedKeyMaterial',
        'ExpirationModel',
        'ValidTo',
      ]);
      const token = boundedBytes('ImportToken', request.ImportToken, 1, 8192);
      const encrypted = boundedBytes('EncryptedKeyMaterial', request.EncryptedKeyMaterial, 1, 6144);
      const expiresAt = expiry(clock.now(), request.ExpirationModel, request.ValidTo);
      let material: Uint8Array | undefined;
      try {
        const { id } = await changeKey(parts, {
          keyId: request.KeyId,
          operation: 'ImportKeyMaterial',
          edit(snapshot, key) {
            requireExternal(key, 'ImportKeyMaterial');
            material ??= unwrapMaterial(key.id, token, encrypted);
            const setting = { ...settingOf(snapshot, key.id), materialExpiresAt: expiresAt };
            const state = key.state === 'PendingImport' ? 'Enabled' : key.state;
            return {
              put: [
                ...materialRows(key, material),
                rows.setting(setting),
                rows.changedKey(key, { state }),
              ],
            };
          },
        });
        return {
          KeyId: id,
          KeyMaterialId: materialId({ commitment: rows.commitment(material as Uint8Array) }),
        };
      } finally {
        material?.fill(0);
      }
    },

    async deleteImportedKeyMaterial(request) {
      checkMembers(request, ['KeyId']);
      const { id } = await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'DeleteImportedKeyMaterial',
        edit(_snapshot: ControlSnapshot, key) {
          requireExternal(key, 'DeleteImportedKeyMaterial');
          if (key.primary === undefined) return null;
          const end = rows.destroyedVersion(key.primary);
          // as in AWS KMS: a key that waits for its deletion goes on waiting
          if (key.state === 'PendingDeletion') return { put: [end] };
          return { put: [rows.changedKey(key, { state: 'PendingImport' }), end] };
        },
      });
      return { KeyId: id };
    },
  };
}
