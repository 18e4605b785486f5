/** Rotates the root key of a store and tells of each step: `ROOT_ROTATOR` has its URL and the file of its root. */
import { createIdentityPolicy, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { rotateRootKey } from '@fieldseal/jobs';
import { postgresStore } from '@fieldseal/store-postgres';

const { url, rootFile } = JSON.parse(process.env.ROOT_ROTATOR);
const keyring = await openKeyring({
  store: postgresStore(url),
  roots: [devFileRoot({ path: rootFile })],
  environment: 'test',
  development: true,
  access: { identityPolicies: () => [createIdentityPolicy('administrator')] },
  stagingMs: 300,
});
try {
  await rotateRootKey({
    keyring,
    batchSize: 1,
    onProgress: ({ state, left }) => process.stdout.write(`${state} ${left}\n`),
  });
} finally {
  await keyring.close();
}
