import type { PolicyKind } from './parse-statement.ts';

/** Sid of a statement, or its position in the document where it has none. */
export type StatementName = string | number;

/** Why a request is allowed or denied: what `explainAccess` returns and the audit trail keeps. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: 'explicit-deny' | 'allow' | 'grant' | 'implicit-deny';
  /** What decided. Absent when nothing did: nothing is allowed without an allow. */
  readonly source?: {
    readonly type: PolicyKind | 'grant';
    /** `Id` of the policy, or the id of the grant. */
    readonly id?: string;
  };
  readonly statement?: StatementName;
  /** The statement of the key policy that left the decision to the identity policy. */
  readonly delegatedBy?: StatementName;
}

export const IMPLICIT_DENY: AccessDecision = Object.freeze({
  allowed: false,
  reason: 'implicit-deny',
});
