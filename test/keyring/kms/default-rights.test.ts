import { expect, it } from 'vitest';
import { createApprovals } from '../../../packages/core/src/keyring/kms/approvals.ts';
import { createApprovers } from '../../../packages/core/src/keyring/kms/approvers.ts';
import { createPolicyBook } from '../../../packages/core/src/keyring/kms/policy-book.ts';
import { decideAccess } from '../../../packages/core/src/policy/decide-access.ts';
import { POLICY_ACTION_NAMES } from '../../../packages/core/src/policy/policy-action.ts';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { keyService, refusal } from './key-service.ts';

closeKeyringsAfterEach();

it('without policies of identities everybody may do this to the service, and nothing else', async () => {
  const { keyring } = await keyService();
  const approvals = createApprovals(createApprovers(undefined), { pin: '', environment: 'test' });
  const { policiesOf } = createPolicyBook({}, approvals);
  const snapshot = {} as Parameters<typeof policiesOf>[0];
  const principal = { id: 'user/anybody' };
  const allowed = POLICY_ACTION_NAMES.filter((action) =>
    (['store', 'alias'] as const).some((type) => {
      const resource = type === 'store' ? { type } : { type, name: 'alias/kyc' };
      const request = { principal, action, resource, now: 0 };
      return decideAccess(policiesOf(snapshot, request), request).allowed;
    }),
  );
  // a new action of the service is not among them by itself: somebody has to put it here
  expect(allowed).toEqual([
    'CreateKey',
    'ListKeys',
    'CreateAlias',
    'UpdateAlias',
    'DeleteAlias',
    'ListAliases',
    'ListRetirableGrants',
    'GenerateRandom',
    'VerifyAudit',
  ]);
  await expect(keyring.rotateRootKey()).rejects.toEqual(refusal('ERR_ACCESS_DENIED'));
});
