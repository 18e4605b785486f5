import type { ContextPairs } from '../bytes/context.ts';
import { u32 } from '../bytes/integer.ts';
import { uuidToBytes } from '../bytes/uuid.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';

/**
 * Contexts of the four kinds of wraps (FORMAT.md section 4). Every value comes from what is asked
 * for, never from the wrap itself, so a wrap put in another place does not open.
 */

/** 16 bytes of a key id. */
export function keyIdBytes(keyId: string): Uint8Array {
  const bytes = uuidToBytes(keyId);
  if (bytes === undefined) throw new FieldsealError('ERR_INTERNAL', 'A key id is not a uuid');
  return bytes;
}

/** What a key of a usage may wrap; `cell` covers data keys and index keys. */
function purposeOf(usage: string): string {
  return usage === 'ENCRYPT_DECRYPT' ? 'cell' : usage;
}

export function storeKeyContext(key: {
  readonly environment: string;
  readonly id: Uint8Array;
  readonly version: number;
  readonly commitment: Uint8Array;
}): ContextPairs {
  return {
    level: 'store-key',
    env: key.environment,
    id: key.id,
    version: u32(key.version),
    purpose: 'integrity',
    origin: 'FIELDSEAL',
    commitment: key.commitment,
  };
}

export function keyVersionContext(key: {
  readonly environment: string;
  readonly keyId: string;
  readonly version: number;
  readonly usage: string;
  readonly origin: string;
  readonly commitment: Uint8Array;
}): ContextPairs {
  return {
    level: 'key-version',
    env: key.environment,
    id: keyIdBytes(key.keyId),
    version: u32(key.version),
    purpose: purposeOf(key.usage),
    origin: key.origin,
    commitment: key.commitment,
  };
}

/** A data key has no versions: its `version` is 1 for ever. */
export function dataKeyContext(key: {
  readonly environment: string;
  readonly id: Uint8Array;
  readonly tenant: string | undefined;
  readonly subject: string | undefined;
}): ContextPairs {
  return {
    level: 'data-key',
    env: key.environment,
    id: key.id,
    version: u32(1),
    purpose: 'cell',
    origin: 'FIELDSEAL',
    commitment: key.id,
    tenant: key.tenant,
    subject: key.subject,
  };
}

/** The `version` of an index key is its generation. */
export function indexKeyContext(key: {
  readonly environment: string;
  readonly id: Uint8Array;
  readonly generation: number;
  readonly tenant: string | undefined;
}): ContextPairs {
  return {
    level: 'index-key',
    env: key.environment,
    id: key.id,
    version: u32(key.generation),
    purpose: 'token',
    origin: 'FIELDSEAL',
    commitment: key.id,
    tenant: key.tenant,
  };
}

/** What seals the private key of an import until its token ends. */
export function importTokenContext(token: {
  readonly environment: string;
  readonly keyId: string;
  /** Seconds since 1970. */
  readonly validTo: number;
  readonly algorithm: string;
  /** SHA-256 of the public key. */
  readonly publicKeyHash: Uint8Array;
}): ContextPairs {
  return {
    level: 'import-token',
    env: token.environment,
    id: keyIdBytes(token.keyId),
    version: u32(token.validTo),
    purpose: token.algorithm,
    origin: 'EXTERNAL',
    commitment: token.publicKeyHash,
  };
}
