import { testKeyring } from '@fieldseal/testing';
import { callFinding } from './call-finding.mjs';
import { sideBySide } from './side-by-side.mjs';

/** Each leaves one more row, which every later change hashes with the others: apart from what leaves none. */
async function candidatesOf(keyring, place) {
  const { kms } = keyring;
  const { KeyId } = (await kms.createKey()).KeyMetadata;
  const { keyId } = await keyring.createKey();
  let grantee = 0;
  const calls = {
    createKey: () => kms.createKey(),
    createGrant: () => {
      grantee += 1;
      const GranteePrincipal = `user/${place}-${grantee}`;
      return kms.createGrant({ KeyId, GranteePrincipal, Operations: ['Decrypt'] });
    },
    rotateKey: () => keyring.rotateKey(keyId),
  };
  return Object.entries(calls).map(([name, call]) => [`${name}-${place}`, call]);
}

/** Operations of the key service that make something, over a store in memory and over PostgreSQL. */
export async function benchKmsGrowing({ add, rounds, keyring: postgres }) {
  const memory = await testKeyring();
  const candidates = Object.fromEntries([
    ...(await candidatesOf(memory, 'memory')),
    ...(await candidatesOf(postgres, 'postgres')),
  ]);
  const measured = await sideBySide(candidates, { rounds });
  await memory.close();
  for (const [name, { medianMs }] of Object.entries(measured))
    add(callFinding(name, medianMs * 1000));
}
