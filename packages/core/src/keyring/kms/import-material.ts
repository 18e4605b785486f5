import { importWrapping } from '#import-wrapping';
import {
  WRAPPING_ALGORITHMS,
  WRAPPING_KEY_SPECS,
  type WrappingAlgorithm,
  type WrappingKeySpec,
} from '../../cipher/import-wrapping.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeyAccess } from './access.ts';
import {
  checkImport,
  type ImportType,
  importEdit,
  materialToWipe,
  optionalMaterialId,
} from './import-edit.ts';
import type { ImportTokens } from './import-token.ts';
import { isPending, wipedVersion } from './key-materials.ts';
import { materialId } from './key-metadata.ts';
import { changeKey, type KmsParts, namedKey } from './kms-parts.ts';
import { boundedBytes, checkMembers, invalidRequest, oneOf, optionalDate } from './request.ts';

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
   * Takes 32 bytes of material. A key that lost its material gets the same again. Other material,
   * as `NEW_KEY_MATERIAL`, waits until `rotateKeyOnDemand` makes it part of the key.
   * @throws `ERR_IMPORT_TOKEN_INVALID`, `ERR_IMPORT_TOKEN_EXPIRED`, `ERR_KEY_MATERIAL_INCORRECT`,
   * `ERR_CIPHERTEXT_REJECTED` for what does not unwrap, `ERR_KEY_STATE` while other material waits
   */
  importKeyMaterial(request: {
    readonly KeyId: string;
    readonly ImportToken: Uint8Array;
    readonly EncryptedKeyMaterial: Uint8Array;
    /** `NEW_KEY_MATERIAL` for the first material of a key, else `EXISTING_KEY_MATERIAL`. */
    readonly ImportType?: ImportType;
    /** Which of the existing ones it has to be. */
    readonly KeyMaterialId?: string;
    /** `KEY_MATERIAL_EXPIRES` by default, which needs `ValidTo`. */
    readonly ExpirationModel?: typeof EXPIRES | typeof FOREVER;
    readonly ValidTo?: Date;
  }): Promise<{ readonly KeyId: string; readonly KeyMaterialId: string }>;
  /**
   * Wipes one material, the current one by default; the key waits for it to be imported again,
   * unless it was still to become part of the key.
   */
  deleteImportedKeyMaterial(request: {
    readonly KeyId: string;
    readonly KeyMaterialId?: string;
  }): Promise<{ readonly KeyId: string; readonly KeyMaterialId?: string }>;
}

const DAY_MS = 86_400_000;
const MATERIAL_BYTES = 32;

function requireExternal(key: KeyRecord, operation: string): void {
  if (key.origin === 'EXTERNAL') return;
  const message = 'Only keys with the origin EXTERNAL take material';
  throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, { keyId: key.id, operation });
}

/** When the material ends, in microseconds; `null`: never. */
export function expiryOf(now: number, model: unknown, validTo: unknown): bigint | null {
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

/** The same, as conditions of policies ask for it. */
export function expiryFacts(expiresAt: bigint | null): NonNullable<KeyAccess['facts']> {
  return expiresAt === null
    ? { expirationModel: FOREVER }
    : { expirationModel: EXPIRES, validTo: Number(expiresAt / 1000n) };
}

export function createImportMaterial(parts: KmsParts, tokens: ImportTokens): ImportMaterial {
  const { control, access, primitives, rows } = parts;
  const { engine, clock } = primitives;

  function invalidToken(keyId: string): FieldsealError {
    const message = 'The token is not one for this key';
    return new FieldsealError('ERR_IMPORT_TOKEN_INVALID', message, { keyId });
  }

  function requireInTime(keyId: string, validTo: number): void {
    if (validTo * 1000 > clock.now()) return;
    const message = 'The time of the token is over';
    throw new FieldsealError('ERR_IMPORT_TOKEN_EXPIRED', message, { keyId });
  }

  function unwrapMaterial(keyId: string, token: Uint8Array, encrypted: Uint8Array): Uint8Array {
    const opened = tokens.open(keyId, token);
    if (opened === null) throw invalidToken(keyId);
    try {
      requireInTime(keyId, opened.validTo);
      const material = importWrapping.unwrap(opened.algorithm, opened.privateKey, encrypted);
      if (material === undefined || material === null) {
        throw new FieldsealError('ERR_CIPHERTEXT_REJECTED', 'The material does not unwrap', {
          keyId,
        });
      }
      if (material.length === MATERIAL_BYTES) return material;
      material.fill(0);
      const message = `Material of a key is ${MATERIAL_BYTES} bytes`;
      throw new FieldsealError('ERR_KEY_MATERIAL_INCORRECT', message, { keyId });
    } finally {
      opened.privateKey.fill(0);
    }
  }

  return {
    async getParametersForImport(request) {
      checkMembers(request, ['KeyId', 'WrappingAlgorithm', 'WrappingKeySpec']);
      const { KeyId } = request;
      const algorithm = oneOf('WrappingAlgorithm', request.WrappingAlgorithm, WRAPPING_ALGORITHMS);
      const spec = oneOf('WrappingKeySpec', request.WrappingKeySpec, WRAPPING_KEY_SPECS);
      const snapshot = control.snapshot();
      const key = namedKey(snapshot, 'KeyId', KeyId, 'id only');
      const facts = { wrappingAlgorithm: algorithm, wrappingKeySpec: spec };
      access.key(snapshot, { operation: 'GetParametersForImport', key, facts });
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
        'ImportType',
        'KeyMaterialId',
        'ExpirationModel',
        'ValidTo',
      ]);
      const wanted = checkImport(request);
      const token = boundedBytes('ImportToken', request.ImportToken, 1, 6144);
      const encrypted = boundedBytes('EncryptedKeyMaterial', request.EncryptedKeyMaterial, 1, 6144);
      const expiresAt = expiryOf(clock.now(), request.ExpirationModel, request.ValidTo);
      let material: Uint8Array | undefined;
      try {
        const { id } = await changeKey(parts, {
          keyId: request.KeyId,
          operation: 'ImportKeyMaterial',
          facts: expiryFacts(expiresAt),
          edit(snapshot, key) {
            requireExternal(key, 'ImportKeyMaterial');
            material ??= unwrapMaterial(key.id, token, encrypted);
            return importEdit(parts, { snapshot, key, material, expiresAt, ...wanted });
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
      checkMembers(request, ['KeyId', 'KeyMaterialId']);
      const wanted = optionalMaterialId(request.KeyMaterialId);
      let wiped: string | undefined;
      const { id } = await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'DeleteImportedKeyMaterial',
        edit(snapshot, key) {
          requireExternal(key, 'DeleteImportedKeyMaterial');
          const version = materialToWipe(snapshot, key, wanted);
          wiped = version === undefined ? undefined : materialId(version);
          // by its row: what only expired so far is wiped now
          if (version === undefined || version.row.columns.state === 'DESTROYED') return null;
          const end = wipedVersion(rows, snapshot, version);
          // as in AWS KMS: a key that waits for its deletion goes on waiting, and one whose new
          // material has not taken over yet works on with the material that it has
          const stays = key.state === 'PendingDeletion' || isPending(snapshot, version);
          if (stays || version.state === 'REVOKED') return { put: end };
          return { put: [rows.changedKey(key, { state: 'PendingImport' }), ...end] };
        },
      });
      return { KeyId: id, ...(wiped === undefined ? {} : { KeyMaterialId: wiped }) };
    },
  };
}
