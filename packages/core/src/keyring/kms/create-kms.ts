import type { AuditTrail } from '../../audit/audit-trail.ts';
import type { Observer } from '../../observe/observer.ts';
import { redacted } from '../redacted.ts';
import type { StoreGate } from '../store-gate.ts';
import { createKeyAliases, type KeyAliases } from './aliases.ts';
import { audited, type Operation } from './audited-operation.ts';
import { authenticated } from './authenticated-operation.ts';
import { type Cryptography, createCryptography } from './cryptography.ts';
import { createExplainAccess, type ExplainAccess } from './explain-access.ts';
import { createKeyGrants, type KeyGrants } from './grants.ts';
import { createImportMaterial, type ImportMaterial } from './import-material.ts';
import type { ImportTokens } from './import-token.ts';
import { createKeyLifecycle, type KeyLifecycle } from './key-lifecycle.ts';
import { createKeyPolicies, type KeyPolicies } from './key-policies.ts';
import { createKeyVersions, type KeyVersions } from './key-versions.ts';
import type { KmsParts } from './kms-parts.ts';
import { createKeyLastUsage, type KeyLastUsage } from './last-usage.ts';
import {
  createMessageAuthentication,
  type MessageAuthentication,
} from './message-authentication.ts';
import { observedOperation } from './observed-operation.ts';
import { createProposals, type Proposals } from './proposals.ts';
import { createKeyRotation, type KeyRotation } from './rotation.ts';
import { createShredding, type Shredding } from './shred.ts';
import { createKeyTags, type KeyTags } from './tags.ts';
import { usesOfOperation } from './uses-of-operation.ts';
import { createVersionRetirement, type VersionRetirement } from './version-retirement.ts';

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
    ExplainAccess,
    KeyGrants,
    KeyRotation,
    KeyVersions,
    VersionRetirement,
    Cryptography,
    MessageAuthentication,
    ImportMaterial,
    Proposals,
    KeyLastUsage,
    Shredding {}

export function createKms(options: {
  readonly parts: KmsParts;
  readonly tokens: ImportTokens;
  readonly trail: Pick<AuditTrail, 'check' | 'record'>;
  /** Throws when nothing may be done any more; asked before each call. */
  readonly check: () => void;
  /** Passed by what uses material. */
  readonly gate: Pick<StoreGate, 'pass'>;
  readonly observer: Observer;
}): Kms {
  const { parts, tokens, trail, check, gate, observer } = options;
  const operations: Kms = {
    ...createKeyLifecycle(parts),
    ...createKeyAliases(parts),
    ...createKeyTags(parts),
    ...createKeyPolicies(parts),
    ...createExplainAccess(parts),
    ...createKeyGrants(parts),
    ...createKeyRotation(parts),
    ...createKeyVersions(parts),
    ...createVersionRetirement(parts),
    ...createCryptography(parts),
    ...createMessageAuthentication(parts),
    ...createImportMaterial(parts, tokens),
    ...createProposals(parts),
    ...createKeyLastUsage(parts),
    ...createShredding(parts),
  };
  const { principals } = parts.access;
  const checked = Object.entries(operations as unknown as Readonly<Record<string, Operation>>).map(
    ([name, operation]): [string, Operation] => [
      name,
      observedOperation(
        observer,
        name,
        audited({
          name,
          operation: authenticated(operation, principals),
          principals,
          trail,
          check() {
            check();
            return gate.pass(usesOfOperation(name));
          },
        }),
      ),
    ],
  );
  return redacted('Kms', Object.fromEntries(checked) as unknown as Kms);
}
