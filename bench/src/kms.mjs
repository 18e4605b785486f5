import { createMemoryStore } from '@fieldseal/core';
import { testKeyring } from '@fieldseal/testing';
import { createAuthorise } from '../../packages/core/dist/keyring/authorise.js';
import { doorOf } from '../../packages/core/dist/keyring/door-of.js';
import { createPolicyBook } from '../../packages/core/dist/keyring/kms/policy-book.js';
import { createPrincipals } from '../../packages/core/dist/keyring/principal.js';
import { indexControl } from '../../packages/core/dist/keys/control-snapshot.js';
import { sideBySide } from './side-by-side.mjs';

const CALLS = 200;
const CELLS = 50;
/** Policy may cost this part of a warm open, together with the audit trail. */
const OVERHEAD_TARGET = 0.1;
const ALIAS = 'alias/bench';
const SCOPE = { tenant: 'tenant-1' };
const FIELD = { fieldId: 'customers.aadhaar', type: 'string', bound: false };

/** One call after the other: what a single caller sees. */
function repeated(call) {
  return async () => {
    for (let i = 0; i < CALLS; i++) await call();
  };
}

async function serviceCalls({ kms }, KeyId) {
  const Plaintext = new Uint8Array(32).fill(7);
  const EncryptionContext = { tenant: 'tenant-1' };
  const sealed = { KeyId, Plaintext, EncryptionContext };
  const { CiphertextBlob } = await kms.encrypt(sealed);
  return {
    encrypt: repeated(() => kms.encrypt(sealed)),
    decrypt: repeated(() => kms.decrypt({ CiphertextBlob, EncryptionContext })),
    generateDataKey: repeated(() => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })),
    describeKey: repeated(() => kms.describeKey({ KeyId })),
  };
}

/** Opens a page of cells of one tenant, as a read of 50 rows does: one lease, one loop. */
async function warmOpen(keyring) {
  const door = doorOf(keyring);
  const seal = await door.lease({ operation: 'bench', seal: [{ alias: ALIAS, scope: SCOPE }] });
  const key = seal.sealing(ALIAS, SCOPE);
  const cipher = key.cipher(FIELD, 1);
  const { id } = key;
  const cells = Array.from({ length: CELLS }, () =>
    Buffer.from(cipher.sealText('2345 6789 0123')).toString(),
  );
  seal.release();
  return repeated(async () => {
    const lease = await door.lease({ operation: 'bench', open: [id] });
    const opener = lease.opening(id).cipher(FIELD, 1);
    for (const cell of cells) opener.openText(cell);
    lease.release();
  });
}

/** What policies and grants add to that: the question that the door asks once for each data key. */
async function decisions(store, KeyId) {
  const snapshot = indexControl(await store.readControl());
  const authorise = createAuthorise({
    principals: createPrincipals('service/bench'),
    decide: createPolicyBook({}, { required: false }).decide,
    trail: { record() {} },
    now: () => Date.now(),
    monotonic: () => performance.now(),
  });
  const use = { operation: 'bench', snapshot, action: 'Decrypt', scope: SCOPE };
  const key = snapshot.keys.get(KeyId);
  return repeated(() => authorise({ ...use, key }));
}

/** Operations of the key service in memory, and what a policy costs a warm open. */
export async function benchKms({ add, rounds }) {
  const store = createMemoryStore();
  const keyring = await testKeyring({ store });
  const { KeyMetadata } = await keyring.kms.createKey();
  const { KeyId } = KeyMetadata;
  await keyring.createAlias(ALIAS, KeyId);
  const calls = await serviceCalls(keyring, KeyId);
  const candidates = { ...calls, open: await warmOpen(keyring) };
  const decide = await decisions(store, KeyId);
  const measured = await sideBySide({ ...candidates, decide }, { rounds });
  await keyring.close();
  const us = (name) => (measured[name].medianMs * 1000) / CALLS;
  for (const name of Object.keys(calls)) {
    add({
      bench: `kms-${name}-us`,
      ratio: us(name),
      measured: name,
      against: '1 us',
      us: us(name),
      note: `${Math.round(1e6 / us(name))} a second`,
    });
  }
  add({
    bench: `kms-policy-share-of-open-${CELLS}`,
    ratio: us('decide') / us('open'),
    target: OVERHEAD_TARGET,
    measured: 'the decision on one data key, remembered',
    against: `a warm open of ${CELLS} cells`,
    us: us('decide'),
  });
}
