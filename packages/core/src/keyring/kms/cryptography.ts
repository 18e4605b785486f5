import { uuidFromBytes } from '../../bytes/uuid.ts';
import { ciphertextRejected } from '../../errors/ciphertext-rejected.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { openBlob, readBlobHeader, sealBlob } from '../../keys/api-blob.ts';
import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { keyIdBytes } from '../../keys/wrap-context.ts';
import { requireVersion } from '../key-usability.ts';
import { randomBytes } from '../primitives.ts';
import type { KeyAccess } from './access.ts';
import { dryRun } from './dry-run.ts';
import { readDryRun, type WithDryRun } from './dry-run-modifiers.ts';
import { type EncryptionContext, encryptionContext } from './encryption-context.ts';
import { heedGrantTokens, type WithGrantTokens } from './grant-tokens.ts';
import { type KeyUsage, materialId } from './key-metadata.ts';
import { type KmsParts, namedKey } from './kms-parts.ts';
import { boundedBytes, checkMembers, flag, invalidRequest, oneOf, wholeNumber } from './request.ts';

const ALGORITHM = 'SYMMETRIC_DEFAULT';
/** Of AWS KMS: real algorithms, of keys that are not there. */
const ALGORITHMS = [ALGORITHM, 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'] as const;
const MAX_PLAINTEXT = 4096;
const MAX_CIPHERTEXT = 6144;

interface WithContext extends WithGrantTokens {
  /** Given again, exactly, to open what is sealed with it. Never secret. */
  readonly EncryptionContext?: EncryptionContext;
  /** Checks everything and does nothing; the answer is `ERR_DRY_RUN`. */
  readonly DryRun?: boolean;
}

interface Algorithm {
  readonly EncryptionAlgorithm: typeof ALGORITHM;
}

/** Who and what a result is of. */
interface FromKey {
  readonly KeyId: string;
  /** Of the version: 64 hexadecimal digits. */
  readonly KeyMaterialId: string;
}

/** Small secrets and data keys of the application's own, sealed under a key. */
export interface Cryptography {
  /**
   * Encrypts up to 4,096 bytes under the primary version.
   * @param request - `KeyId` takes an alias.
   */
  encrypt(
    request: WithContext & {
      readonly KeyId: string;
      readonly Plaintext: Uint8Array;
      readonly EncryptionAlgorithm?: typeof ALGORITHM;
    },
  ): Promise<FromKey & Algorithm & { readonly CiphertextBlob: Uint8Array }>;
  /**
   * Opens a blob; it names its key itself. A `KeyId` says which one it has to be.
   * @throws `ERR_CIPHERTEXT_REJECTED`, `ERR_KEY_INCORRECT`
   */
  decrypt(
    request: WithContext &
      WithDryRun & {
        /** Absent in a dry run that ignores it only. */
        readonly CiphertextBlob?: Uint8Array;
        readonly KeyId?: string;
        readonly EncryptionAlgorithm?: typeof ALGORITHM;
      },
  ): Promise<FromKey & Algorithm & { readonly Plaintext: Uint8Array }>;
  /** Opens a blob and encrypts what it held under another key, or under the newest version. */
  reEncrypt(request: ReEncryptRequest): Promise<{
    readonly CiphertextBlob: Uint8Array;
    readonly SourceKeyId: string;
    readonly KeyId: string;
    readonly SourceKeyMaterialId: string;
    readonly DestinationKeyMaterialId: string;
    readonly SourceEncryptionAlgorithm: typeof ALGORITHM;
    readonly DestinationEncryptionAlgorithm: typeof ALGORITHM;
  }>;
  /** A fresh key of 16 or 32 bytes, or of `NumberOfBytes` (1 to 1,024), plain and sealed. */
  generateDataKey(
    request: DataKeyRequest,
  ): Promise<FromKey & { readonly Plaintext: Uint8Array; readonly CiphertextBlob: Uint8Array }>;
  generateDataKeyWithoutPlaintext(
    request: DataKeyRequest,
  ): Promise<FromKey & { readonly CiphertextBlob: Uint8Array }>;
  /** @param request - 1 to 1,024 bytes. */
  generateRandom(request: {
    readonly NumberOfBytes: number;
  }): Promise<{ readonly Plaintext: Uint8Array }>;
}

export interface ReEncryptRequest extends WithGrantTokens, WithDryRun {
  /** Absent in a dry run that ignores it only. */
  readonly CiphertextBlob?: Uint8Array;
  readonly SourceKeyId?: string;
  readonly SourceEncryptionContext?: EncryptionContext;
  readonly SourceEncryptionAlgorithm?: typeof ALGORITHM;
  readonly DestinationKeyId: string;
  readonly DestinationEncryptionContext?: EncryptionContext;
  readonly DestinationEncryptionAlgorithm?: typeof ALGORITHM;
}

export interface DataKeyRequest extends WithContext {
  readonly KeyId: string;
  readonly KeySpec?: 'AES_128' | 'AES_256';
  readonly NumberOfBytes?: number;
}

/** @throws `ERR_KEY_USAGE` */
export function requireUsage(key: KeyRecord, usage: KeyUsage): void {
  if (key.usage === usage) return;
  const message = `The key is for ${key.usage}`;
  throw new FieldsealError('ERR_KEY_USAGE', message, { keyId: key.id });
}

/** The version that is used for what is new. */
export function primaryOf(snapshot: ControlSnapshot, key: KeyRecord): KeyVersionRecord {
  const version = key.primary;
  if (version === undefined) throw new FieldsealError('ERR_INTERNAL', 'A key without material');
  requireVersion(snapshot, version, 'seal');
  return version;
}

/** @throws `ERR_REQUEST_INVALID`, `ERR_KEY_USAGE` for an algorithm that no key has here */
function checkAlgorithm(given: unknown, option = 'EncryptionAlgorithm'): void {
  if (oneOf(option, given, ALGORITHMS, ALGORITHM) === ALGORITHM) return;
  throw new FieldsealError('ERR_KEY_USAGE', 'No key has this algorithm', { option });
}

function dataKeyBytes({ KeySpec, NumberOfBytes }: DataKeyRequest): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw invalidRequest('KeySpec', 'Give either KeySpec or NumberOfBytes');
  }
  if (KeySpec === undefined) {
    return wholeNumber('NumberOfBytes', NumberOfBytes, { least: 1, most: 1024 });
  }
  return oneOf('KeySpec', KeySpec, ['AES_128', 'AES_256']) === 'AES_128' ? 16 : 32;
}

function blobOf({ CiphertextBlob }: { readonly CiphertextBlob?: unknown }): Uint8Array {
  return boundedBytes('CiphertextBlob', CiphertextBlob, 1, MAX_CIPHERTEXT);
}

interface Sealing {
  readonly operation: KeyAccess['operation'];
  readonly keyId: unknown;
  readonly option: string;
  readonly context: EncryptionContext;
  readonly facts?: KeyAccess['facts'];
  /** The key that an alias stood for before; it may stand for another one by now. */
  readonly found?: KeyRecord;
}

interface Opening extends Omit<Sealing, 'facts' | 'found'> {
  readonly blob: Uint8Array;
  readonly facts?: (key: KeyRecord) => NonNullable<KeyAccess['facts']>;
}

export function createCryptography(parts: KmsParts): Cryptography {
  const { control, access, environment, material, primitives } = parts;
  const { engine, random } = primitives;

  /** Checks who may seal, and gives what seals. */
  function sealer({ operation, keyId, option, context, facts, found }: Sealing) {
    const snapshot = control.snapshot();
    const key = namedKey(snapshot, option, found?.id ?? keyId, 'alias');
    const named = keyId as string;
    const asked = { operation, key, named, encryptionContext: context };
    access.key(snapshot, facts === undefined ? asked : { ...asked, facts });
    requireUsage(key, 'ENCRYPT_DECRYPT');
    const version = primaryOf(snapshot, key);
    const from: FromKey = { KeyId: key.id, KeyMaterialId: materialId(version) };
    const place = { engine, environment, encryptionContext: context };
    const seal = (plaintext: Uint8Array): Uint8Array =>
      material.use(key, version, 'api', (apiKey) =>
        sealBlob({
          ...place,
          apiKey,
          random,
          plaintext,
          keyId: keyIdBytes(key.id),
          keyVersion: version.version,
        }),
      );
    return { key, from, seal };
  }

  /** The key that a blob names, also when it is newer than the last look at the store. */
  async function namedByBlob(blob: Uint8Array): Promise<{
    readonly snapshot: ControlSnapshot;
    readonly key: KeyRecord;
    readonly version: KeyVersionRecord;
  }> {
    const header = readBlobHeader(blob);
    const keyId = uuidFromBytes(header.keyId);
    for (const attempt of ['now', 'after a poll'] as const) {
      if (attempt !== 'now') await control.poll();
      const snapshot = control.snapshot();
      const key = snapshot.keys.get(keyId);
      const version = key?.versions.get(header.keyVersion);
      if (key !== undefined && version !== undefined) return { snapshot, key, version };
    }
    throw ciphertextRejected();
  }

  /** Checks who may open with a key, without anything to open. */
  function mayOpen({ operation, keyId, option, context, facts }: Omit<Opening, 'blob'>): KeyRecord {
    const snapshot = control.snapshot();
    const key = namedKey(snapshot, option, keyId, 'alias');
    const asked = { operation, key, named: keyId as string, encryptionContext: context };
    access.key(snapshot, facts === undefined ? asked : { ...asked, facts: facts(key) });
    requireUsage(key, 'ENCRYPT_DECRYPT');
    return key;
  }

  /** Checks who may open, and gives what opens. */
  async function opener(open: Opening) {
    const { operation, blob, context } = open;
    const { snapshot, key, version } = await namedByBlob(blob);
    if (open.keyId !== undefined && namedKey(snapshot, open.option, open.keyId, 'alias') !== key) {
      const message = 'The blob is under another key than the one that was named';
      throw new FieldsealError('ERR_KEY_INCORRECT', message, { keyId: key.id });
    }
    const named = typeof open.keyId === 'string' ? { named: open.keyId } : {};
    const facts = open.facts === undefined ? {} : { facts: open.facts(key) };
    access.key(snapshot, { operation, key, encryptionContext: context, ...named, ...facts });
    requireUsage(key, 'ENCRYPT_DECRYPT');
    requireVersion(snapshot, version, 'open');
    const from: FromKey = { KeyId: key.id, KeyMaterialId: materialId(version) };
    const place = { engine, environment, encryptionContext: context };
    const openIt = (): Uint8Array =>
      material.use(key, version, 'api', (apiKey) =>
        openBlob({
          ...place,
          apiKey,
          blob,
          keyId: keyIdBytes(key.id),
          keyVersion: version.version,
        }),
      );
    return { key, from, open: openIt };
  }

  async function generate(request: DataKeyRequest, operation: Sealing['operation']) {
    checkMembers(request, [
      'KeyId',
      'KeySpec',
      'NumberOfBytes',
      'EncryptionContext',
      'GrantTokens',
      'DryRun',
    ]);
    const length = dataKeyBytes(request);
    const context = encryptionContext('EncryptionContext', request.EncryptionContext);
    const isDryRun = flag('DryRun', request.DryRun);
    await heedGrantTokens(parts, request);
    const { key, from, seal } = sealer({
      operation,
      keyId: request.KeyId,
      option: 'KeyId',
      context,
    });
    if (isDryRun) throw dryRun(operation, key.id);
    const plaintext = randomBytes(random, length);
    return { ...from, Plaintext: plaintext, CiphertextBlob: seal(plaintext) };
  }

  return {
    async encrypt(request) {
      checkMembers(request, [
        'KeyId',
        'Plaintext',
        'EncryptionContext',
        'EncryptionAlgorithm',
        'GrantTokens',
        'DryRun',
      ]);
      const plaintext = boundedBytes('Plaintext', request.Plaintext, 1, MAX_PLAINTEXT);
      checkAlgorithm(request.EncryptionAlgorithm);
      const context = encryptionContext('EncryptionContext', request.EncryptionContext);
      const isDryRun = flag('DryRun', request.DryRun);
      await heedGrantTokens(parts, request);
      const sealing = { operation: 'Encrypt', keyId: request.KeyId, option: 'KeyId' } as const;
      const { key, from, seal } = sealer({ ...sealing, context });
      if (isDryRun) throw dryRun('Encrypt', key.id);
      return { ...from, CiphertextBlob: seal(plaintext), EncryptionAlgorithm: ALGORITHM };
    },

    async decrypt(request) {
      checkMembers(request, [
        'CiphertextBlob',
        'KeyId',
        'EncryptionContext',
        'EncryptionAlgorithm',
        'GrantTokens',
        'DryRun',
        'DryRunModifiers',
      ]);
      const { isDryRun, ignoresCiphertext } = readDryRun(request);
      const blob = ignoresCiphertext ? undefined : blobOf(request);
      checkAlgorithm(request.EncryptionAlgorithm);
      const context = encryptionContext('EncryptionContext', request.EncryptionContext);
      await heedGrantTokens(parts, request);
      const asked = {
        operation: 'Decrypt',
        keyId: request.KeyId,
        option: 'KeyId',
        context,
      } as const;
      if (blob === undefined) throw dryRun('Decrypt', mayOpen(asked).id);
      const { key, from, open } = await opener({ ...asked, blob });
      const plaintext = open();
      if (isDryRun) {
        plaintext.fill(0);
        throw dryRun('Decrypt', key.id);
      }
      return { ...from, Plaintext: plaintext, EncryptionAlgorithm: ALGORITHM };
    },

    async reEncrypt(request) {
      checkMembers(request, [
        'CiphertextBlob',
        'SourceKeyId',
        'SourceEncryptionContext',
        'SourceEncryptionAlgorithm',
        'DestinationKeyId',
        'DestinationEncryptionContext',
        'DestinationEncryptionAlgorithm',
        'GrantTokens',
        'DryRun',
        'DryRunModifiers',
      ]);
      const { isDryRun, ignoresCiphertext } = readDryRun(request);
      const blob = ignoresCiphertext ? undefined : blobOf(request);
      checkAlgorithm(request.SourceEncryptionAlgorithm, 'SourceEncryptionAlgorithm');
      checkAlgorithm(request.DestinationEncryptionAlgorithm, 'DestinationEncryptionAlgorithm');
      const { SourceEncryptionContext, DestinationEncryptionContext } = request;
      const before = encryptionContext('SourceEncryptionContext', SourceEncryptionContext);
      const after = encryptionContext('DestinationEncryptionContext', DestinationEncryptionContext);
      await heedGrantTokens(parts, request);
      const target = namedKey(
        control.snapshot(),
        'DestinationKeyId',
        request.DestinationKeyId,
        'alias',
      );
      const asked = {
        operation: 'ReEncryptFrom',
        keyId: request.SourceKeyId,
        option: 'SourceKeyId',
        context: before,
      } as const;
      const facts = (key: KeyRecord) => ({ reEncryptOnSameKey: key.id === target.id });
      const source = blob === undefined ? undefined : await opener({ ...asked, blob, facts });
      const sourceKey = source?.key ?? mayOpen({ ...asked, facts });
      const destination = sealer({
        operation: 'ReEncryptTo',
        keyId: request.DestinationKeyId,
        option: 'DestinationKeyId',
        context: after,
        found: target,
        facts: facts(sourceKey),
      });
      if (source === undefined) throw dryRun('ReEncrypt', destination.key.id);
      const plaintext = source.open();
      try {
        if (isDryRun) throw dryRun('ReEncrypt', destination.key.id);
        return {
          CiphertextBlob: destination.seal(plaintext),
          SourceKeyId: source.from.KeyId,
          KeyId: destination.from.KeyId,
          SourceKeyMaterialId: source.from.KeyMaterialId,
          DestinationKeyMaterialId: destination.from.KeyMaterialId,
          SourceEncryptionAlgorithm: ALGORITHM,
          DestinationEncryptionAlgorithm: ALGORITHM,
        };
      } finally {
        plaintext.fill(0);
      }
    },

    generateDataKey: (request) => generate(request, 'GenerateDataKey'),

    async generateDataKeyWithoutPlaintext(request) {
      const { Plaintext, ...rest } = await generate(request, 'GenerateDataKeyWithoutPlaintext');
      Plaintext.fill(0);
      return rest;
    },

    async generateRandom(request) {
      checkMembers(request, ['NumberOfBytes']);
      const length = wholeNumber('NumberOfBytes', request.NumberOfBytes, { least: 1, most: 1024 });
      access.service(control.snapshot(), { operation: 'GenerateRandom' });
      return { Plaintext: randomBytes(random, length) };
    },
  };
}
