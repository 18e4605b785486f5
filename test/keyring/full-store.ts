import type { KeyStore } from '@fieldseal/core';
import { memoryRoot } from '@fieldseal/testing';
import { doorOf } from '../../packages/core/src/keyring/door-of.ts';
import { insiderOf } from './insider.ts';
import { lease, openForTest, sealText } from './open-keyrings.ts';

export const ALIAS = 'alias/kyc';
const UUID = '00000000-0000-4000-8000-00000000000f';

/** A store with a row in every control table. */
export async function fullStore<Store extends KeyStore>(store: Store) {
  const root = memoryRoot();
  const options = {
    store,
    roots: [root],
    environment: 'test',
    development: true,
    createMissingAliases: true,
  };
  const keyring = await openForTest(options);
  const scope = { tenant: 't1', subject: 's1' };
  const { id, cell } = await sealText(keyring, ALIAS, 'x', scope);
  (await lease(keyring, { index: [{ alias: ALIAS, tenant: 't1' }] })).release();
  await keyring.rotateKey(ALIAS);
  const { keyId } = await keyring.createKey({ description: 'another one' });
  const { Policy } = await keyring.kms.getKeyPolicy({ KeyId: keyId });
  await keyring.kms.putKeyPolicy({ KeyId: keyId, Policy: ` ${Policy}` });
  await keyring.kms.tagResource({ KeyId: keyId, Tags: [{ TagKey: 'team', TagValue: 'kyc' }] });
  await keyring.kms.enableKeyRotation({ KeyId: keyId });
  await keyring.kms.createGrant({
    KeyId: keyId,
    GranteePrincipal: 'user/asha',
    Operations: ['Decrypt'],
  });
  await doorOf(keyring).register([
    {
      id: 'Customer.note',
      kind: 'field',
      fieldId: 'Customer.note',
      table: 'Customer',
      column: 'note',
      type: 'string',
      bind: 'row',
      normalizer: null,
      params: null,
    },
  ]);
  const insider = await insiderOf(store, root);
  const time = 1_795_461_845_123_456n;
  await insider.put(
    insider.secrets.sealRow('phase', { field_id: 'f', phase: 'sealed', updated_at: time }),
    insider.secrets.sealRow('proposal', {
      id: UUID,
      key_id: keyId,
      operation: 'PutKeyPolicy',
      content: '{}',
      proposer: 'user/asha',
      created_at: time,
      expires_at: time,
    }),
    insider.secrets.sealRow('approval', {
      subject: `policy/${keyId}`,
      key_id: keyId,
      content: '{}',
      proposer: 'user/asha',
      approver: 'user/carol',
      proposed_at: time,
      approved_at: time,
      signature: new Uint8Array(64),
    }),
    insider.secrets.sealRow('tombstone', {
      id: new Uint8Array(16),
      kind: 'data-key',
      reason: 'erased',
      created_at: time,
    }),
  );
  return { store, keyring, options, insider, dataKeyId: id, cell };
}
