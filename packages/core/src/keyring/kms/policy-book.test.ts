import { expect, it } from 'vitest';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import type { KeyGrantRecord } from '../../keys/key-records.ts';
import type { AccessRequest } from '../../policy/access-request.ts';
import type { Approvals } from './approvals.ts';
import { createPolicyBook } from './policy-book.ts';

const KEY = '00000000-0000-4000-8000-000000000000';
const NOTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Fieldseal: 'user/admin' },
    Action: 'fieldseal:PutKeyPolicy',
    Resource: '*',
  },
});

function grant(id: number, parent: number | null, grantee = `user/${id}`): KeyGrantRecord {
  return {
    id: String(id),
    keyId: KEY,
    grantee,
    issuer: parent === null ? 'user/admin' : `user/${parent}`,
    parent: parent === null ? null : String(parent),
    operations: ['CreateGrant', 'Decrypt'],
    retiring: null,
    constraints: null,
    notBefore: null,
    notAfter: null,
  } as unknown as KeyGrantRecord;
}

/** How many grants give a principal something where approvers signed the one with id 0 alone. */
function inForce(records: readonly KeyGrantRecord[], principal: string): number {
  const { keyId: KeyId, operations: Operations } = grant(0, null);
  const content = JSON.stringify({ KeyId, GranteePrincipal: 'user/0', Operations });
  const approvals = {
    required: true,
    permits: () => true,
    signed: (_: unknown, { id }: { readonly id: string }) => (id === '0' ? content : undefined),
  } as unknown as Approvals;
  const snapshot = {
    policies: new Map([[KEY, NOTHING]]),
    grants: new Map([[KEY, records]]),
  } as unknown as ControlSnapshot;
  const request: AccessRequest = {
    principal: { id: principal },
    action: 'Decrypt',
    resource: { type: 'key', id: KEY } as AccessRequest['resource'],
    now: 0,
  };
  const { grants = [] } = createPolicyBook({}, approvals).policiesOf(snapshot, request);
  return grants.length;
}

it('finds what was signed at the other end of a chain as long as a key has grants', () => {
  const chain = Array.from({ length: 50_000 }, (_, i) => grant(i, i === 0 ? null : i - 1));
  expect(inForce(chain, 'user/49999')).toBe(1);
  expect(inForce(chain.slice(1), 'user/49999')).toBe(0);
});

it('gives nothing by grants that were written in a circle', () => {
  expect(inForce([grant(1, 2), grant(2, 1)], 'user/1')).toBe(0);
});
