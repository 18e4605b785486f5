import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { redacted } from '../redacted.ts';
import { createKeyAliases, type KeyAliases } from './aliases.ts';
import { type Cryptography, createCryptography } from './cryptography.ts';
import { createKeyGrants, type KeyGrants } from './grants.ts';
import { createImportMaterial, type ImportMaterial } from './import-material.ts';
import type { ImportTokens } from './import-token.ts';
import { createKeyLifecycle, type KeyLifecycle } from './key-lifecycle.ts';
import { createKeyPolicies, type KeyPolicies } from './key-policies.ts';
import { createKeyVersions, type KeyVersions } from './key-versions.ts';
import type { KmsParts } from './kms-parts.ts';
import {
  createMessageAuthentication,
  type MessageAuthentication,
} from './message-authentication.ts';
import { createProposals, type Proposals } from './proposals.ts';
import { createKeyRotation, type KeyRotation } from './rotation.ts';
import { createKeyTags, type KeyTags } from './tags.ts';

/**
 * The key service: the operations of AWS KMS by their names, with their parameters and results,
 * and a few more. Each call is validated, authenticated, authorised, held to the state of its key
 * and only then done, in this order.
 */
export interface Kms
  extends KeyLifecycle,
    KeyAliases,
    KeyTags,
    KeyPolicies,
    KeyGrants,
    KeyRotation,
    KeyVersions,
    Cryptography,
    MessageAuthentication,
    ImportMaterial,
    Proposals {}

type Operation = (request: never) => Promise<unknown>;

function isInvalidRequest(error: unknown): boolean {
  return error instanceof FieldsealError && error.code === 'ERR_REQUEST_INVALID';
}

/** @param check - Throws when nothing may be done any more; asked before each call. */
export function createKms(parts: KmsParts, tokens: ImportTokens, check: () => void): Kms {
  const operations: Kms = {
    ...createKeyLifecycle(parts),
    ...createKeyAliases(parts),
    ...createKeyTags(parts),
    ...createKeyPolicies(parts),
    ...createKeyGrants(parts),
    ...createKeyRotation(parts),
    ...createKeyVersions(parts),
    ...createCryptography(parts),
    ...createMessageAuthentication(parts),
    ...createImportMaterial(parts, tokens),
    ...createProposals(parts),
  };
  const checked = Object.entries(operations as unknown as Record<string, Operation>).map(
    ([name, operation]): [string, Operation] => [
      name,
      async (request) => {
        check();
        try {
          return await operation(request);
        } catch (error) {
          // whoever does not say who asks learns nothing, such as which keys there are
          if (!isInvalidRequest(error)) parts.access.principals.current();
          throw error;
        }
      },
    ],
  );
  return redacted('Kms', Object.fromEntries(checked) as unknown as Kms);
}
