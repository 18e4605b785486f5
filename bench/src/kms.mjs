import { testKeyring } from '@fieldseal/testing';
import { callFinding } from './call-finding.mjs';
import { repeated, sideBySide } from './side-by-side.mjs';

/** What needs no store is called more often than what is a transaction. */
const CALLS = 200;
const CHANGES = 4;

async function usesOf({ kms }, KeyId) {
  const Plaintext = new Uint8Array(32).fill(7);
  const EncryptionContext = { tenant: 'tenant-1' };
  const sealed = { KeyId, Plaintext, EncryptionContext };
  const { CiphertextBlob } = await kms.encrypt(sealed);
  return {
    encrypt: () => kms.encrypt(sealed),
    decrypt: () => kms.decrypt({ CiphertextBlob, EncryptionContext }),
    generateDataKey: () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
    describeKey: () => kms.describeKey({ KeyId }),
  };
}

/** Each is one transaction with its entry of the audit trail. None makes a key: more of them would slow the next. */
function changesOf({ kms }, KeyId) {
  let count = 0;
  const next = () => {
    count += 1;
    return String(count);
  };
  return {
    tagResource: () => kms.tagResource({ KeyId, Tags: [{ TagKey: 'bench', TagValue: next() }] }),
    updateKeyDescription: () => kms.updateKeyDescription({ KeyId, Description: next() }),
  };
}

async function candidatesOf(keyring, place) {
  const { KeyMetadata } = await keyring.kms.createKey();
  const { KeyId } = KeyMetadata;
  const named = (calls, times) =>
    Object.entries(calls).map(([name, call]) => ({ name: `${name}-${place}`, call, times }));
  return [
    ...named(await usesOf(keyring, KeyId), CALLS),
    ...named(changesOf(keyring, KeyId), CHANGES),
  ];
}

/** More keys than the service keeps the material of, so that each call in turn unwraps one. */
const KEYS = 300;

/** What it is worth that calls share the material of a version: one key, against ever another one. */
async function benchKeptMaterial({ add, rounds, kms }) {
  const Plaintext = new Uint8Array(32).fill(7);
  const MacAlgorithm = 'HMAC_SHA_256';
  const keyed = [];
  for (let i = 0; i < KEYS; i += 1) {
    const { KeyId } = (await kms.createKey()).KeyMetadata;
    const macKey = await kms.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    keyed.push({ KeyId, CiphertextBlob, macKeyId: macKey.KeyMetadata.KeyId });
  }
  const calls = {
    encrypt: ({ KeyId }) => kms.encrypt({ KeyId, Plaintext }),
    decrypt: ({ CiphertextBlob }) => kms.decrypt({ CiphertextBlob }),
    generateMac: ({ macKeyId }) =>
      kms.generateMac({ KeyId: macKeyId, Message: Plaintext, MacAlgorithm }),
  };
  for (const [name, call] of Object.entries(calls)) {
    let next = 0;
    const turn = () => {
      next = (next + 1) % KEYS;
      return call(keyed[next]);
    };
    const candidates = {
      kept: repeated(() => call(keyed[0]), KEYS),
      unwrapped: repeated(turn, KEYS),
    };
    const { kept, unwrapped } = await sideBySide(candidates, { rounds });
    add({
      bench: `kms-${name}-kept-vs-unwrapped`,
      ratio: kept.medianMs / unwrapped.medianMs,
      measured: 'kept',
      against: 'unwrapped',
    });
  }
}

/** Operations of the key service over a store in memory and over PostgreSQL. */
export async function benchKms({ add, rounds, keyring: postgres }) {
  const memory = await testKeyring();
  const candidates = [
    ...(await candidatesOf(memory, 'memory')),
    ...(await candidatesOf(postgres, 'postgres')),
  ];
  const measured = await sideBySide(
    Object.fromEntries(candidates.map(({ name, call, times }) => [name, repeated(call, times)])),
    { rounds },
  );
  await benchKeptMaterial({ add, rounds, kms: memory.kms });
  await memory.close();
  for (const { name, times } of candidates)
    add(callFinding(name, (measured[name].medianMs * 1000) / times));
}
