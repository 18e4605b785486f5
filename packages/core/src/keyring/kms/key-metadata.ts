import { hexOf } from '../../bytes/hex.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { KeyState } from '../../keys/key-states.ts';
import { isDestroyed } from '../key-usability.ts';

export const KEY_SPECS = ['SYMMETRIC_DEFAULT', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const;
export type KeySpec = (typeof KEY_SPECS)[number];

export const KEY_USAGES = ['ENCRYPT_DECRYPT', 'GENERATE_VERIFY_MAC'] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export const MAC_ALGORITHMS = ['HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512'] as const;
export type MacAlgorithm = (typeof MAC_ALGORITHMS)[number];

/** The one algorithm of a key for message authentication. */
export const MAC_ALGORITHM_OF: Readonly<Partial<Record<string, MacAlgorithm>>> = {
  HMAC_256: 'HMAC_SHA_256',
  HMAC_384: 'HMAC_SHA_384',
  HMAC_512: 'HMAC_SHA_512',
};

/** What an operation computes codes by; tokens of sealed fields are such codes, too. */
export function macAlgorithmOf(
  operation: string,
  { spec }: Pick<KeyRecord, 'spec'>,
): { readonly macAlgorithm?: MacAlgorithm } {
  if (operation !== 'GenerateMac' && operation !== 'VerifyMac') return {};
  // FORMAT.md section 1: HMAC there is that of SHA-256
  return { macAlgorithm: MAC_ALGORITHM_OF[spec] ?? 'HMAC_SHA_256' };
}

/** What AWS KMS calls the metadata of a key, without what only AWS accounts have. */
export interface KeyMetadata {
  /** uuid. */
  readonly KeyId: string;
  readonly CreationDate: Date;
  readonly Enabled: boolean;
  /** Empty when there is none. */
  readonly Description: string;
  readonly KeyUsage: KeyUsage;
  readonly KeyState: KeyState;
  readonly KeySpec: KeySpec;
  /** `FIELDSEAL`, or `EXTERNAL` for imported material. */
  readonly Origin: string;
  /** `CUSTOMER`, or `SERVICE` for a key that was made on first use. */
  readonly KeyManager: 'CUSTOMER' | 'SERVICE';
  /** Only while the key waits for its deletion. */
  readonly DeletionDate?: Date;
  /** When the current imported material ends. */
  readonly ValidTo?: Date;
  readonly ExpirationModel?: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  readonly EncryptionAlgorithms?: readonly 'SYMMETRIC_DEFAULT'[];
  readonly MacAlgorithms?: readonly MacAlgorithm[];
  /** Of the primary version: 64 hexadecimal digits. */
  readonly CurrentKeyMaterialId?: string;
}

export function dateOf(microseconds: bigint): Date {
  return new Date(Number(microseconds / 1000n));
}

/** Names material without telling anything of it: its commitment. */
export function materialId({ commitment }: Pick<KeyVersionRecord, 'commitment'>): string {
  return hexOf(commitment);
}

/** When imported material ends. */
export function materialExpiry({
  expiresAt,
}: KeyVersionRecord): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  return expiresAt === null
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: dateOf(expiresAt) };
}

function algorithms(key: KeyRecord): Partial<KeyMetadata> {
  const mac = MAC_ALGORITHM_OF[key.spec];
  return mac === undefined
    ? { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] }
    : { MacAlgorithms: [mac] };
}

export function keyMetadata(snapshot: ControlSnapshot, key: KeyRecord): KeyMetadata {
  const state = isDestroyed(snapshot, key) ? 'Destroyed' : key.state;
  // what expired is as good as wiped
  const current = key.primary?.state === 'PRIMARY' ? key.primary : undefined;
  return {
    KeyId: key.id,
    CreationDate: dateOf(key.createdAt),
    Enabled: state === 'Enabled',
    Description: key.description ?? '',
    KeyUsage: key.usage as KeyUsage,
    KeyState: state,
    KeySpec: key.spec as KeySpec,
    Origin: key.origin,
    KeyManager: key.owner === 'SERVICE' ? 'SERVICE' : 'CUSTOMER',
    ...(state === 'PendingDeletion' && key.deletionAt !== null
      ? { DeletionDate: dateOf(key.deletionAt) }
      : {}),
    ...(key.origin === 'EXTERNAL' && current !== undefined ? materialExpiry(current) : {}),
    ...algorithms(key),
    ...(current === undefined ? {} : { CurrentKeyMaterialId: materialId(current) }),
  };
}

/** Keys that only the service itself uses are in no list ("AWS owned" there). */
export function isListed({ owner }: Pick<KeyRecord, 'owner'>): boolean {
  return owner !== 'OWNED';
}

/**
 * Keys that the service manages are named, used and looked at, and nothing else.
 * @throws `ERR_OPERATION_UNSUPPORTED`
 */
export function requireCustomerKey(key: KeyRecord, operation: string): void {
  if (key.owner === 'CUSTOMER') return;
  const message = 'The service manages this key by itself';
  throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, { keyId: key.id, operation });
}
