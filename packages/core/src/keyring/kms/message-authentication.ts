import { hmac } from '@noble/hashes/hmac.js';
import { sha384, sha512 } from '@noble/hashes/sha2.js';
import { equalBytes } from '../../bytes/equal.ts';
import type { Engine } from '../../cipher/engine.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { KeyOperation } from '../../keys/key-states.ts';
import { requireVersion } from '../key-usability.ts';
import { requireUsage } from './cryptography.ts';
import { dryRun } from './dry-run.ts';
import { heedGrantTokens, type WithGrantTokens } from './grant-tokens.ts';
import { MAC_ALGORITHM_OF, MAC_ALGORITHMS, type MacAlgorithm } from './key-metadata.ts';
import { type KmsParts, namedKey } from './kms-parts.ts';
import { boundedBytes, checkMembers, flag, oneOf } from './request.ts';

/** Of AWS KMS too: a real algorithm, of keys that are not there. */
const KNOWN_ALGORITHMS = ['HMAC_SHA_224', ...MAC_ALGORITHMS] as const;

interface MacRequest extends WithGrantTokens {
  /** A key for `GENERATE_VERIFY_MAC`, or its alias. */
  readonly KeyId: string;
  /** 1 to 4,096 bytes. */
  readonly Message: Uint8Array;
  /** The one of the key's spec. */
  readonly MacAlgorithm: MacAlgorithm;
  readonly DryRun?: boolean;
}

/** Message authentication codes under a key that never leaves. */
export interface MessageAuthentication {
  /** @throws `ERR_KEY_USAGE`, also for an algorithm that is not the one of the key */
  generateMac(request: MacRequest): Promise<{
    readonly KeyId: string;
    /** 32, 48 or 64 bytes. */
    readonly Mac: Uint8Array;
    readonly MacAlgorithm: MacAlgorithm;
  }>;
  /**
   * A code is of one version, and a key for codes has one version only.
   * @throws `ERR_MAC_INVALID`; there is no answer that says no
   */
  verifyMac(request: MacRequest & { readonly Mac: Uint8Array }): Promise<{
    readonly KeyId: string;
    readonly MacValid: true;
    readonly MacAlgorithm: MacAlgorithm;
  }>;
}

function code(engine: Engine, algorithm: MacAlgorithm, key: Uint8Array, message: Uint8Array) {
  // bytes of their own: an engine may answer with a Buffer
  if (algorithm === 'HMAC_SHA_256') return new Uint8Array(engine.hmac(key, message));
  return hmac(algorithm === 'HMAC_SHA_384' ? sha384 : sha512, key, message);
}

export function createMessageAuthentication(parts: KmsParts): MessageAuthentication {
  const { control, access, material, primitives } = parts;

  function compute(operation: KeyOperation, request: MacRequest) {
    const message = boundedBytes('Message', request.Message, 1, 4096);
    const algorithm = oneOf('MacAlgorithm', request.MacAlgorithm, KNOWN_ALGORITHMS);
    const isDryRun = flag('DryRun', request.DryRun);
    const snapshot = control.snapshot();
    const key = namedKey(snapshot, 'KeyId', request.KeyId, 'alias');
    const facts = { macAlgorithm: algorithm };
    access.key(snapshot, { operation, key, named: request.KeyId, facts });
    requireUsage(key, 'GENERATE_VERIFY_MAC');
    if (MAC_ALGORITHM_OF[key.spec] !== algorithm) {
      const message = `Keys of ${key.spec} have another algorithm`;
      throw new FieldsealError('ERR_KEY_USAGE', message, { keyId: key.id, option: 'MacAlgorithm' });
    }
    const version = key.primary as KeyVersionRecord;
    requireVersion(snapshot, version, 'seal');
    const mac = material.use(key, version, 'mac', (macKey) =>
      code(primitives.engine, algorithm, macKey, message),
    );
    return { key, mac, algorithm, isDryRun };
  }

  return {
    async generateMac(request) {
      checkMembers(request, ['KeyId', 'Message', 'MacAlgorithm', 'GrantTokens', 'DryRun']);
      await heedGrantTokens(parts, request);
      const { key, mac, algorithm, isDryRun } = compute('GenerateMac', request);
      if (isDryRun) throw dryRun('GenerateMac', key.id);
      return { KeyId: key.id, Mac: mac, MacAlgorithm: algorithm };
    },
    async verifyMac(request) {
      checkMembers(request, ['KeyId', 'Message', 'Mac', 'MacAlgorithm', 'GrantTokens', 'DryRun']);
      const given = boundedBytes('Mac', request.Mac, 1, 6144);
      await heedGrantTokens(parts, request);
      const { key, mac, algorithm, isDryRun } = compute('VerifyMac', request);
      if (given.length !== mac.length || !equalBytes(given, mac)) {
        const message = 'The code does not belong to the message';
        throw new FieldsealError('ERR_MAC_INVALID', message, { keyId: key.id });
      }
      if (isDryRun) throw dryRun('VerifyMac', key.id);
      return { KeyId: key.id, MacValid: true, MacAlgorithm: algorithm };
    },
  };
}
