import type { PolicyAction } from './policy-action.ts';

/** Pairs that a grant asks of the encryption context. With both, both have to hold. */
export interface GrantConstraints {
  /** The context has these pairs and no other. */
  readonly encryptionContextEquals?: Readonly<Record<string, string>>;
  /** The context has these pairs, and perhaps others. */
  readonly encryptionContextSubset?: Readonly<Record<string, string>>;
}

/** What a grant gives. Grants only allow, and never more than these operations of one key. */
export interface GrantTerms {
  readonly keyId: string;
  /** Id of one principal; no wildcards. */
  readonly granteePrincipal: string;
  /** May retire the grant, besides who may revoke it. */
  readonly retiringPrincipal?: string;
  readonly operations: readonly PolicyAction[];
  readonly constraints?: GrantConstraints;
  /** Milliseconds since 1970; the grant is valid from here on. */
  readonly notBefore?: number;
  /** Milliseconds since 1970; the first moment at which the grant is not valid any more. */
  readonly notAfter?: number;
}

export interface Grant extends GrantTerms {
  readonly id: string;
  /** Retired or revoked: it gives nothing. */
  readonly retired?: boolean;
}
