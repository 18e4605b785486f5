import type { AuditTrail } from '../../audit/audit-trail.ts';
import { redacted } from '../redacted.ts';
import { createKeyAliases, type KeyAliases } from './aliases.ts';
import { audited, type Operation } from './audited-operation.ts';
import { authenticated } from './authenticated-operation.ts';
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

export function createKms(options: {
  readonly parts: KmsParts;
  readonly tokens: ImportTokens;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
  /** Throws when nothing may be done any more; asked before each call. */
  readonly check: () => void;
}): Kms {
  const { parts, tokens, trail, check } = options;
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
  const { principals } = parts.access;
  const checked = Object.entries(operations as unknown as Readonly<Record<string, Operation>>).map(
    ([name, operation]): [string, Operation] => [
      name,
      audited({
        name,
        operation: authenticated(operation, principals),
        principals,
        trail,
        check,
      }),
    ],
  );
  return redacted('Kms', Object.fromEntries(checked) as unknown as Kms);
}
