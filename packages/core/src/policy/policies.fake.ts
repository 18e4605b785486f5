import type { AccessDecision } from './access-decision.ts';
import type { AccessRequest, KeyResource } from './access-request.ts';
import { type CompiledPolicy, compilePolicy } from './compile-policy.ts';
import type { Grant } from './grant.ts';
import type { PolicyKind } from './parse-statement.ts';
import type { PolicyStatement } from './policy-document.ts';

export const KEY: KeyResource = {
  type: 'key',
  id: 'k1',
  aliases: ['alias/kyc'],
  spec: 'SYMMETRIC_DEFAULT',
  usage: 'ENCRYPT_DECRYPT',
  origin: 'FIELDSEAL',
  tags: { Team: 'payments' },
};

/** 2026-11-26T12:00:00.500Z */
export const NOW = Date.UTC(2026, 10, 26, 12, 0, 0, 500);

/** `service/api` decrypts under k1, unless told otherwise. */
export function request(other: Partial<AccessRequest> = {}): AccessRequest {
  return {
    principal: { id: 'service/api' },
    action: 'Decrypt',
    resource: KEY,
    now: NOW,
    ...other,
  };
}

/** Allows `service/api` to decrypt, unless told otherwise. */
export function allow(other: Partial<PolicyStatement> = {}): PolicyStatement {
  return {
    Effect: 'Allow',
    Principal: { Fieldseal: 'service/api' },
    Action: 'fieldseal:Decrypt',
    Resource: '*',
    ...other,
  };
}

export function deny(other: Partial<PolicyStatement> = {}): PolicyStatement {
  return allow({ Effect: 'Deny', ...other });
}

/** Without the principal, as identity policies have it. */
export function unnamed(statement: PolicyStatement): PolicyStatement {
  const { Principal: _, ...rest } = statement;
  return rest;
}

export function policy(
  statements: readonly PolicyStatement[],
  kind: PolicyKind = 'key-policy',
): CompiledPolicy {
  const document = { Version: '2012-10-17', Statement: statements } as const;
  return compilePolicy(document, { kind, wildcardActions: 'accept' });
}

export function grant(other: Partial<Grant> = {}): Grant {
  return {
    id: 'g1',
    keyId: 'k1',
    granteePrincipal: 'service/api',
    operations: ['Decrypt', 'DescribeKey'],
    ...other,
  };
}

/** A decision as one word. */
export function word({ reason }: AccessDecision): AccessDecision['reason'] {
  return reason;
}

/** A list with one identity policy. */
export function identity(...statements: readonly PolicyStatement[]): readonly CompiledPolicy[] {
  return [policy(statements.map(unnamed), 'identity-policy')];
}

/** A list with one guardrail. */
export function guardrail(...statements: readonly PolicyStatement[]): readonly CompiledPolicy[] {
  return [policy(statements, 'guardrail')];
}

/** Leaves everything to identity policies. */
export const DELEGATE: PolicyStatement = allow({
  Principal: { IdentityPolicies: '*' },
  Action: 'kms:*',
});
