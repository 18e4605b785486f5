import type { GrantTerms } from './grant.ts';
import type { PolicyAction } from './policy-action.ts';

export type Tags = Readonly<Record<string, string>>;

/** Who asks: the name that the application gave, and what it says about it. */
export interface AccessPrincipal {
  readonly id: string;
  readonly tags?: Tags;
}

interface KeyTraits {
  readonly spec?: string;
  readonly usage?: string;
  readonly origin?: string;
}

export interface KeyResource extends KeyTraits {
  readonly type: 'key';
  readonly id: string;
  /** All aliases of the key, with their prefix `alias/`. */
  readonly aliases?: readonly string[];
  readonly tags?: Tags;
}

export interface AliasResource {
  readonly type: 'alias';
  /** With its prefix `alias/`. */
  readonly name: string;
}

/** The key service as a whole; for `CreateKey` with what the new key shall be. */
export interface StoreResource extends KeyTraits {
  readonly type: 'store';
}

export type AccessResource = KeyResource | AliasResource | StoreResource;

/** All that a decision hangs on. What is absent here is absent for conditions, too. */
export interface AccessRequest {
  readonly principal: AccessPrincipal;
  readonly action: PolicyAction;
  readonly resource: AccessResource;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly encryptionContext?: Tags;
  /** The alias by which the caller named the key. */
  readonly requestAlias?: string;
  readonly viaService?: string;
  /** Tags that the call sets or removes. */
  readonly requestTags?: Tags;
  readonly rotationPeriodInDays?: number;
  readonly pendingWindowInDays?: number;
  readonly reEncryptOnSameKey?: boolean;
  readonly bypassPolicyLockoutSafetyCheck?: boolean;
  /** `GenerateMac` and `VerifyMac`. */
  readonly macAlgorithm?: string;
  /** `GetParametersForImport`, as the next one. */
  readonly wrappingAlgorithm?: string;
  readonly wrappingKeySpec?: string;
  /** `ImportKeyMaterial`: whether the material ends. */
  readonly expirationModel?: string;
  /** And when, in milliseconds since 1970. */
  readonly validTo?: number;
  /** `CreateGrant`: what the new grant shall give. */
  readonly newGrant?: GrantTerms;
  /** `RetireGrant`: the grant to retire. */
  readonly grantId?: string;
}
