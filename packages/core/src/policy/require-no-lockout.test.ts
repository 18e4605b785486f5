import { expect, test } from 'vitest';
import { allow, DELEGATE, deny, guardrail, identity, policy, request } from './policies.fake.ts';
import { requireNoLockout } from './require-no-lockout.ts';

const PUT = { Action: 'kms:PutKeyPolicy' };

test.each([
  ['a policy that lets the caller put the next', { keyPolicy: policy([allow(PUT)]) }, false],
  ['a policy without it', { keyPolicy: policy([allow()]) }, true],
  [
    'a policy that lets another',
    { keyPolicy: policy([allow({ ...PUT, Principal: { Fieldseal: 'x' } })]) },
    true,
  ],
  [
    'a policy that also denies it',
    { keyPolicy: policy([allow(PUT), deny({ Action: 'kms:Put*' })]) },
    true,
  ],
  [
    'delegation to a caller who has it',
    { keyPolicy: policy([DELEGATE]), identityPolicies: identity(allow(PUT)) },
    false,
  ],
  [
    'delegation to a caller who has it not',
    { keyPolicy: policy([DELEGATE]), identityPolicies: identity(allow()) },
    true,
  ],
  [
    'a guardrail against it',
    { keyPolicy: policy([allow(PUT)]), guardrails: guardrail(deny(PUT)) },
    true,
  ],
])('%s', (_, policies, locksOut) => {
  const check = () => requireNoLockout(policies, request({ action: 'PutKeyPolicy' }));
  if (!locksOut) return expect(check).not.toThrow();
  expect(check).toThrow(
    expect.objectContaining({
      code: 'ERR_POLICY_MALFORMED',
      meta: { option: 'bypassPolicyLockoutSafetyCheck', keyId: 'k1' },
    }),
  );
});

test('a key that is about to be made is judged by PutKeyPolicy on it', () => {
  const asked = request({ action: 'CreateKey' });
  expect(() =>
    requireNoLockout({ keyPolicy: policy([allow({ Action: 'kms:CreateKey' })]) }, asked),
  ).toThrow();
  expect(() => requireNoLockout({ keyPolicy: policy([allow(PUT)]) }, asked)).not.toThrow();
});
