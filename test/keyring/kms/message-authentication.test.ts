import { createHmac, hkdfSync } from 'node:crypto';
import type { ControlRow } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { keyVersionContext } from '../../../packages/core/src/keys/wrap-context.ts';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { importInto } from './import-as-aws.ts';
import { type KeyService, keyService, outcome, refusal, text } from './key-service.ts';

closeKeyringsAfterEach();

const MESSAGE = text('amount=100;to=asha');
const SPECS = [
  ['HMAC_256', 'HMAC_SHA_256', 'sha256', 32],
  ['HMAC_384', 'HMAC_SHA_384', 'sha384', 48],
  ['HMAC_512', 'HMAC_SHA_512', 'sha512', 64],
] as const;
const KeyUsage = 'GENERATE_VERIFY_MAC';

const KNOWN = 'd283d8e6c4b44d474cf51313f6d08e912fc7a09b9d949d20dc188ab27866b325';

/** `ctx{use: "mac"}` of FORMAT.md section 1, spelled out. */
const MAC_INFO = Buffer.from('\0\x01\0\x03use\0\x03mac', 'latin1');

/** The MAC key of a version as FORMAT.md section 2 derives it, with OpenSSL's HKDF. */
function macKeyOf(material: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', material, 'fieldseal/1/key-version', MAC_INFO, 32));
}

async function materialOf(service: KeyService, keyId: string): Promise<Uint8Array> {
  const { rows, rootKey } = await service.insider();
  const row = (await rows('key_version')).find(({ columns }) => columns.key_id === keyId);
  const { commitment, wrapped } = (row as ControlRow).columns as Record<string, Uint8Array>;
  const place = { environment: 'test', keyId, version: 1, usage: KeyUsage, origin: 'FIELDSEAL' };
  const context = keyVersionContext({ ...place, commitment: commitment as Uint8Array });
  return rootKey.unwrap(wrapped as Uint8Array, context) as Uint8Array;
}

describe('generateMac', () => {
  it.each(SPECS)('%s is %s under the derived key', async (KeySpec, MacAlgorithm, hash, length) => {
    const service = await keyService();
    const { kms, key } = service;
    const KeyId = await key({ KeySpec, KeyUsage });
    const made = await kms.generateMac({ KeyId, Message: MESSAGE, MacAlgorithm });
    const material = await materialOf(service, KeyId);
    const expected = createHmac(hash, macKeyOf(material)).update(MESSAGE).digest();
    expect(made).toEqual({ KeyId, MacAlgorithm, Mac: new Uint8Array(expected) });
    expect(made.Mac).toHaveLength(length);
    const verify = { KeyId, Message: MESSAGE, Mac: made.Mac, MacAlgorithm };
    expect(await kms.verifyMac(verify)).toEqual({ KeyId, MacValid: true, MacAlgorithm });
  });

  it('of imported material is the code that its owner can compute', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ KeySpec: 'HMAC_256', KeyUsage, Origin: 'EXTERNAL' });
    const material = new Uint8Array(32).fill(7);
    await importInto(kms, KeyId, material);
    const request = { KeyId, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const { Mac } = await kms.generateMac(request);
    // known answer, from another implementation of HKDF and HMAC over the text of FORMAT.md
    expect(Buffer.from(Mac).toString('hex')).toBe(KNOWN);
  });

  it('takes the algorithm of the key alone, and keys for codes alone', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ KeySpec: 'HMAC_256', KeyUsage });
    const request = { KeyId, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_512' } as const;
    const usage = refusal('ERR_KEY_USAGE', { keyId: KeyId, option: 'MacAlgorithm' });
    await expect(kms.generateMac(request)).rejects.toThrow(usage);
    // one of AWS, though of no key here
    const short = { ...request, MacAlgorithm: 'HMAC_SHA_224' as never };
    await expect(kms.generateMac(short)).rejects.toThrow(usage);
    await expect(kms.verifyMac({ ...short, Mac: new Uint8Array(28) })).rejects.toThrow(usage);
    const md5 = kms.generateMac({ ...request, MacAlgorithm: 'HMAC_MD5' as never });
    await expect(md5).rejects.toThrow(refusal('ERR_REQUEST_INVALID', { option: 'MacAlgorithm' }));
    const symmetric = kms.generateMac({ ...request, KeyId: await key() });
    expect(await outcome(symmetric)).toBe('ERR_KEY_USAGE');
  });
});

describe('verifyMac', () => {
  it('refuses every other code, message and key: ERR_MAC_INVALID', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ KeySpec: 'HMAC_256', KeyUsage });
    const request = { KeyId, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const { Mac } = await kms.generateMac(request);
    const wrong = { ...request, Mac };
    const other = await key({ KeySpec: 'HMAC_256', KeyUsage });
    const flipped = Array.from(Mac, (_, i) => Mac.map((byte, j) => (i === j ? byte ^ 1 : byte)));
    for (const code of [...flipped, Mac.subarray(0, 16), new Uint8Array([...Mac, 0])]) {
      expect(await outcome(kms.verifyMac({ ...wrong, Mac: code }))).toBe('ERR_MAC_INVALID');
    }
    const message = kms.verifyMac({ ...wrong, Message: text('amount=900;to=asha') });
    expect(await outcome(message)).toBe('ERR_MAC_INVALID');
    expect(await outcome(kms.verifyMac({ ...wrong, KeyId: other }))).toBe('ERR_MAC_INVALID');
  });

  it('dry, says what the call would say', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ KeySpec: 'HMAC_256', KeyUsage });
    const request = { KeyId, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const { Mac } = await kms.generateMac(request);
    expect(await outcome(kms.generateMac({ ...request, DryRun: true }))).toBe('ERR_DRY_RUN');
    expect(await outcome(kms.verifyMac({ ...request, Mac, DryRun: true }))).toBe('ERR_DRY_RUN');
    const wrong = kms.verifyMac({ ...request, Mac: new Uint8Array(32), DryRun: true });
    expect(await outcome(wrong)).toBe('ERR_MAC_INVALID');
  });
});
