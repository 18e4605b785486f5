import { expect, test } from 'vitest';
import type { AccessRequest } from './access-request.ts';
import { decideAccess } from './decide-access.ts';
import { allow, deny, policy, request } from './policies.fake.ts';
import type { PolicyStatement } from './policy-document.ts';

export type Conditions = NonNullable<PolicyStatement['Condition']>;

/** What somebody asks, a condition, and whether it holds. */
export type ConditionCase = readonly [
  rule: string,
  condition: Conditions,
  given: Partial<AccessRequest>,
  holds: boolean,
];

/** Whether an Allow with this condition allows, and whether a Deny with it denies. */
export function outcomes(
  Condition: Conditions,
  given: Partial<AccessRequest>,
): { readonly allowed: boolean; readonly denied: boolean } {
  const asked = request(given);
  const Action = '*';
  const allows = policy([allow({ Action, Condition })]);
  const denies = policy([allow({ Action }), deny({ Action, Condition })]);
  return {
    allowed: decideAccess({ keyPolicy: allows }, asked).allowed,
    denied: !decideAccess({ keyPolicy: denies }, asked).allowed,
  };
}

/** Tries conditions on keys with one value: they mean the same in an Allow and in a Deny. */
export function tryConditions(cases: readonly ConditionCase[]): void {
  test.each(cases)('%s', (_, condition, given, holds) => {
    expect(outcomes(condition, given)).toEqual({ allowed: holds, denied: holds });
  });
}

export const tenant = (value: string): Partial<AccessRequest> => ({
  encryptionContext: { tenant: value },
});
export const TENANT = 'kms:EncryptionContext:tenant';

export const tags = (values: Record<string, string>): Partial<AccessRequest> => ({
  principal: { id: 'service/api', tags: values },
});

/** A policy variable. */
export const variable = (name: string): string => `\${${name}}`;
