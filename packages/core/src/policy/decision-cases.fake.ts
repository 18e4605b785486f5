import { expect, test } from 'vitest';
import type { AccessRequest } from './access-request.ts';
import { type AccessPolicies, decideAccess } from './decide-access.ts';
import { request, word } from './policies.fake.ts';

/** What speaks for and against, what somebody asks, and what is decided. */
export type DecisionCase = readonly [
  rule: string,
  policies: AccessPolicies,
  given: Partial<AccessRequest>,
  decision: ReturnType<typeof word>,
];

export function tryDecisions(cases: readonly DecisionCase[]): void {
  test.each(cases)('%s', (_, policies, given, decision) => {
    const answer = decideAccess(policies, request(given));
    expect(word(answer)).toBe(decision);
    expect(answer.allowed).toBe(decision === 'allow' || decision === 'grant');
  });
}
