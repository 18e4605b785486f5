import { inspect } from 'node:util';
import type { RandomSource } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import {
  defaultEngine,
  defaultRandom,
} from '../../../packages/core/src/cipher/default-engine.node.ts';
import { deriveKey } from '../../../packages/core/src/keys/derive.ts';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { importInto, prepareImport } from './import-as-aws.ts';
import { keyService, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

/** Random bytes that remember every key that was drawn, and what the key service derives of it. */
function watchedRandom() {
  const [engine, random] = [defaultEngine(), defaultRandom()];
  const secrets: Uint8Array[] = [];
  const remember = (key: Uint8Array): void => {
    secrets.push(new Uint8Array(key));
    for (const use of ['wrap', 'api', 'mac']) {
      secrets.push(deriveKey(engine, 'key-version', key, { use }));
    }
  };
  const source: RandomSource = {
    generation: 0,
    reset: () => {},
    fill(target) {
      random.fill(target);
      if (target.length === 32) remember(target);
    },
  };
  return { source, secrets, remember };
}

function formsOf(secret: Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, 40),
    bytes.toString('base64url').slice(0, 40),
    [...bytes].slice(0, 5).join(','),
  ];
}

/** Everything that a program can print of a value without asking its methods. */
function shown(value: unknown): string {
  const deep = { depth: 20, showHidden: true, maxArrayLength: null, breakLength: 1e9 };
  const own = (_key: string, member: unknown) =>
    typeof member === 'bigint' ? `${member}` : member;
  return [inspect(value, deep), inspect(value, { ...deep, customInspect: false, getters: true })]
    .concat(JSON.stringify(value, own) ?? '')
    .join('\n')
    .replaceAll(/,\s+/g, ',');
}

const PLAINTEXT = 'VERY-SECRET-4111-1111';

describe('the key service', () => {
  it('shows no key and no plaintext in any of its errors, in itself, and in what it lists', async () => {
    const { source, secrets, remember } = watchedRandom();
    const { kms, keyring, key } = await keyService({ random: source });
    const material = new Uint8Array(32);
    defaultRandom().fill(material);
    remember(material);
    const KeyId = await key({ Policy: policyFor({ admin: 'service/development' }) });
    const mac = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const external = await key({ Origin: 'EXTERNAL' });
    await importInto(kms, external, material);
    const Plaintext = text(PLAINTEXT);
    const EncryptionContext = { card: PLAINTEXT };
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext });
    const macs = { KeyId: mac, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const prepared = await prepareImport(kms, external, new Uint8Array(32).fill(9));
    await keyring.rotateKey(KeyId);
    const refused = [
      kms.decrypt({ CiphertextBlob }),
      kms.decrypt({ CiphertextBlob, EncryptionContext, KeyId: mac }),
      kms.encrypt({ KeyId: mac, Plaintext }),
      kms.encrypt({ KeyId, Plaintext, EncryptionContext: { [PLAINTEXT.repeat(20)]: PLAINTEXT } }),
      kms.encrypt({ KeyId, Plaintext: PLAINTEXT as never }),
      kms.encrypt({ KeyId: PLAINTEXT, Plaintext }),
      kms.encrypt({ KeyId, Plaintext, DryRun: true }),
      keyring.as('user/mallory', () => kms.encrypt({ KeyId, Plaintext, EncryptionContext })),
      kms.verifyMac({ ...macs, Mac: new Uint8Array(32) }),
      kms.importKeyMaterial({ KeyId: external, ...prepared, ValidTo: new Date('2026-02-01') }),
      kms.importKeyMaterial({
        KeyId: external,
        ImportToken: material,
        EncryptedKeyMaterial: material,
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      }),
      kms.createGrant({
        KeyId,
        GranteePrincipal: 'user/a',
        Operations: ['Decrypt'],
        Constraints: { EncryptionContextEquals: { a: PLAINTEXT.repeat(100) } },
      }),
    ].map((call) =>
      call.then(
        () => expect.unreachable('it was to be refused'),
        (error: Error) => error,
      ),
    );
    const errors = await Promise.all(refused);
    expect(secrets.length).toBeGreaterThan(20);
    const listed = await Promise.all([
      kms.describeKey({ KeyId }),
      kms.describeKey({ KeyId: external }),
      kms.listKeys(),
      kms.listKeyRotations({ KeyId }),
      kms.generateMac(macs),
      keyring.listKeys(),
    ]);
    const printed = [...errors, ...errors.map(({ stack }) => stack), kms, keyring, ...listed].map(
      shown,
    );
    for (const [i, one] of printed.entries()) {
      expect([i, one.includes(PLAINTEXT)]).toEqual([i, false]);
      for (const secret of secrets) {
        for (const form of formsOf(secret)) expect([i, one.includes(form)]).toEqual([i, false]);
      }
    }
    expect(errors.every((error) => error.cause === undefined)).toBe(true);
    expect(`${inspect(kms)} ${JSON.stringify(kms)}`).toBe('[Fieldseal Kms] "[Fieldseal Kms]"');
  });

  it('is found out when it shows one', () => {
    const { source, secrets } = watchedRandom();
    const key = new Uint8Array(32);
    source.fill(key);
    const text = shown({ key });
    const found = secrets.flatMap(formsOf).filter((form) => text.includes(form));
    expect(found).not.toEqual([]);
  });
});
