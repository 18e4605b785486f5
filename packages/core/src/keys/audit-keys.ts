import { ed25519 } from '#ed25519';
import { encodeContext } from '../bytes/context.ts';
import type { Ed25519Key } from '../cipher/ed25519.ts';
import type { Engine } from '../cipher/engine.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { deriveKey } from './derive.ts';

/** What the audit trail takes from the store key. Once destroyed all of it is `ERR_KEYRING_CLOSED`. */
export interface AuditKeys {
  /**
   * Public half of the key that signs checkpoints, 32 bytes: what an auditor keeps.
   * @throws `ERR_ENGINE_UNAVAILABLE` where the platform has no Ed25519.
   */
  publicKey(): Promise<Uint8Array>;
  /**
   * Signs, 64 bytes.
   * @throws `ERR_ENGINE_UNAVAILABLE` where the platform has no Ed25519.
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /**
   * Names an encryption context without telling it, 32 bytes. Keyed, because tenants and people are
   * few enough to be tried one by one.
   */
  hashContext(context: Readonly<Record<string, string>>): Uint8Array;
  /** Wipes the keys. */
  destroy(): void;
}

/**
 * Derives the keys of the audit trail (FORMAT.md section 7).
 * @param storeKey - 32 bytes; not needed any more afterwards.
 */
export function createAuditKeys(engine: Engine, storeKey: Uint8Array): AuditKeys {
  const seed = deriveKey(engine, 'store-key', storeKey, { use: 'audit-sign' });
  const contextKey = deriveKey(engine, 'store-key', storeKey, { use: 'audit-context' });
  let signing: Promise<Ed25519Key> | undefined;
  let destroyed = false;

  function checkOpen(): void {
    if (destroyed) throw new FieldsealError('ERR_KEYRING_CLOSED', 'The keyring is closed');
  }

  /** Imported with the first signature: most openings of a store make none. */
  async function signer(): Promise<Ed25519Key> {
    checkOpen();
    signing ??= ed25519.importSeed(seed);
    return signing;
  }

  return {
    publicKey: async () => (await signer()).publicKey,
    sign: async (message) => (await signer()).sign(message),
    hashContext(context) {
      checkOpen();
      return new Uint8Array(engine.hmac(contextKey, encodeContext(context)));
    },
    destroy() {
      destroyed = true;
      seed.fill(0);
      contextKey.fill(0);
    },
  };
}
