import { equalBytes } from '../../bytes/equal.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import { microseconds } from '../primitives.ts';
import { awaitsRotation, currentVersion, hasAllMaterial, rotationOf } from './key-materials.ts';
import { materialId } from './key-metadata.ts';
import type { KeyEdit, KmsParts } from './kms-parts.ts';
import { nextVersion } from './next-version.ts';
import { invalidRequest, oneOf } from './request.ts';
import { stagedVersion } from './rotation-plan.ts';

const IMPORT_TYPES = ['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'] as const;
export type ImportType = (typeof IMPORT_TYPES)[number];

/** Which material an import is to bring. */
export interface WantedImport {
  readonly type?: ImportType;
  readonly id?: string;
}

/** One import into one key. */
export interface Import extends WantedImport {
  readonly snapshot: ControlSnapshot;
  readonly key: KeyRecord;
  readonly material: Uint8Array;
  /** Microseconds; `null`: never. */
  readonly expiresAt: bigint | null;
}

export function optionalMaterialId(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^[0-9a-f]{64}$/.test(given)) return given;
  throw invalidRequest('KeyMaterialId', 'Must be the id of material: 64 hexadecimal digits');
}

/** @throws `ERR_REQUEST_INVALID` */
export function checkImport(request: {
  readonly ImportType?: unknown;
  readonly KeyMaterialId?: unknown;
}): WantedImport {
  const { ImportType } = request;
  const id = optionalMaterialId(request.KeyMaterialId);
  const type =
    ImportType === undefined ? {} : { type: oneOf('ImportType', ImportType, IMPORT_TYPES) };
  if (id !== undefined && type.type === 'NEW_KEY_MATERIAL') {
    throw invalidRequest('KeyMaterialId', 'Is for material that the key had before');
  }
  return { ...type, ...(id === undefined ? {} : { id }) };
}

function incorrect(key: KeyRecord, message: string): FieldsealError {
  return new FieldsealError('ERR_KEY_MATERIAL_INCORRECT', message, { keyId: key.id });
}

/** Rows of material that waits for its rotation anew, whatever was announced before it went. */
function stagedAgain(
  { rows }: KmsParts,
  { snapshot, key, material, expiresAt }: Import,
  known: KeyVersionRecord,
): ControlRow[] {
  const rotation = rotationOf(snapshot, known);
  return [
    rows.restoredVersion(key, known, { state: 'STAGED', material, expiresAt }),
    ...(rotation === undefined ? [] : [rows.rotation({ ...rotation, type: 'IMPORT' })]),
  ];
}

/** Rows of material that the key has not had before. */
function newMaterial(
  parts: KmsParts,
  given: Import,
  known: KeyVersionRecord | undefined,
): ControlRow[] {
  const { rows, primitives } = parts;
  const { snapshot, key, material, expiresAt } = given;
  const number = nextVersion(snapshot, key);
  if (key.versions.size === 0) {
    return [rows.version(key, { number, state: 'PRIMARY' }, material, expiresAt)];
  }
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    const message = 'A key for codes has one material only';
    throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, { keyId: key.id });
  }
  const wasTakenBack = known?.state === 'DESTROYED' && awaitsRotation(snapshot, known);
  if (known !== undefined && !wasTakenBack) {
    throw incorrect(key, 'The key has this material already');
  }
  if (stagedVersion(key) !== undefined) {
    const meta = { keyId: key.id, reason: 'ROTATION_IN_PROGRESS' };
    throw new FieldsealError('ERR_KEY_STATE', 'Other material waits for its rotation', meta);
  }
  if (known !== undefined) return stagedAgain(parts, given, known);
  const activateAt = microseconds(primitives.clock);
  return [
    rows.version(key, { number, state: 'STAGED' }, material, expiresAt),
    rows.rotation({
      keyId: key.id,
      version: number,
      type: 'IMPORT',
      stagedAt: activateAt,
      activateAt,
    }),
  ];
}

/** Rows of material that comes back. */
function formerMaterial(
  parts: KmsParts,
  given: Import,
  known: KeyVersionRecord | undefined,
): ControlRow[] {
  const { rows } = parts;
  const { snapshot, key, material, id, expiresAt } = given;
  if (known === undefined || (id !== undefined && id !== materialId(known))) {
    const message = 'The material is not what the key had before; import it as NEW_KEY_MATERIAL';
    throw incorrect(key, message);
  }
  if (known.state === 'REVOKED') {
    const message = 'The version of this material is revoked';
    throw new FieldsealError('ERR_KEY_VERSION_REVOKED', message, { keyId: key.id });
  }
  if (known.state !== 'DESTROYED') return [rows.extendedVersion(known, expiresAt)];
  const own = known === currentVersion(snapshot, key) ? 'PRIMARY' : 'DECRYPT_ONLY';
  if (!awaitsRotation(snapshot, known)) {
    return [rows.restoredVersion(key, known, { state: own, material, expiresAt })];
  }
  if (stagedVersion(key) === undefined) return stagedAgain(parts, given, known);
  const meta = { keyId: key.id, reason: 'ROTATION_IN_PROGRESS' };
  throw new FieldsealError('ERR_KEY_STATE', 'Other material waits for its rotation', meta);
}

/** The rows by which a key gets its material: for the first time, again, or to rotate to. */
export function importEdit(parts: KmsParts, given: Import): KeyEdit {
  const { rows } = parts;
  const { snapshot, key, material } = given;
  const commitment = rows.commitment(material);
  const known = [...key.versions.values()].find((one) => equalBytes(one.commitment, commitment));
  const type =
    given.type ?? (key.versions.size === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL');
  const put =
    type === 'NEW_KEY_MATERIAL'
      ? newMaterial(parts, given, known)
      : formerMaterial(parts, given, known);
  const isComplete = key.versions.size === 0 || hasAllMaterial(snapshot, key, known);
  const state = key.state === 'PendingImport' && isComplete ? 'Enabled' : key.state;
  return { put: [...put, rows.changedKey(key, { state })] };
}

/** The version that a deletion of material is about; `undefined` when there never was any. */
export function materialToWipe(
  snapshot: ControlSnapshot,
  key: KeyRecord,
  wanted: string | undefined,
): KeyVersionRecord | undefined {
  if (wanted === undefined) return currentVersion(snapshot, key);
  const version = [...key.versions.values()].find((one) => materialId(one) === wanted);
  if (version !== undefined) return version;
  throw invalidRequest('KeyMaterialId', 'Must be the id of material of this key');
}
