import { describe, expect, it } from 'vitest';
import { WRAP_BYTES } from '../../../packages/core/src/keys/wrap.ts';
import { keyIdBytes } from '../../../packages/core/src/keys/wrap-context.ts';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { keyService, outcome, refusal, text } from './key-service.ts';

closeKeyringsAfterEach();

const SECRET = text('4111 1111 1111 1111');
const HEX = /^[0-9a-f]{64}$/;

async function encrypted(EncryptionContext?: Record<string, string>) {
  const service = await keyService();
  const keyId = await service.key();
  const request = { KeyId: keyId, Plaintext: SECRET };
  const result = await service.kms.encrypt(
    EncryptionContext === undefined ? request : { ...request, EncryptionContext },
  );
  return { ...service, keyId, result, blob: result.CiphertextBlob };
}

describe('encrypt and decrypt', () => {
  it('give back what was given, and the names that AWS gives', async () => {
    const { kms, keyId, result } = await encrypted();
    expect(result).toEqual({
      KeyId: keyId,
      KeyMaterialId: expect.stringMatching(HEX),
      CiphertextBlob: expect.any(Uint8Array),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
    expect(await kms.decrypt({ CiphertextBlob: result.CiphertextBlob })).toEqual({
      KeyId: keyId,
      KeyMaterialId: result.KeyMaterialId,
      Plaintext: SECRET,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
  });

  it('take 1 to 4,096 bytes, and never give the same blob twice', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    for (const length of [1, 4096]) {
      const Plaintext = new Uint8Array(length).fill(7);
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      // 0xF7 | 0x01 | key id | version | nonce | ciphertext | tag
      expect(CiphertextBlob).toHaveLength(22 + 24 + length + 16);
      expect([...CiphertextBlob.subarray(0, 22)]).toEqual([
        0xf7,
        1,
        ...keyIdBytes(KeyId),
        ...[0, 0, 0, 1],
      ]);
      expect((await kms.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext);
    }
    const twice = await Promise.all([1, 2].map(() => kms.encrypt({ KeyId, Plaintext: SECRET })));
    expect(twice[0]?.CiphertextBlob).not.toEqual(twice[1]?.CiphertextBlob);
  });

  it('open what older versions sealed, also after many rotations', async () => {
    const { kms, keyring, keyId, blob, result } = await encrypted();
    for (let i = 0; i < 3; i++) await keyring.rotateKey(keyId);
    const old = await kms.decrypt({ CiphertextBlob: blob });
    expect(old.Plaintext).toEqual(SECRET);
    expect(old.KeyMaterialId).toBe(result.KeyMaterialId);
    const now = await kms.encrypt({ KeyId: keyId, Plaintext: SECRET });
    expect(now.KeyMaterialId).not.toBe(result.KeyMaterialId);
  });

  it('say which key it has to be: another one is ERR_KEY_INCORRECT', async () => {
    const { kms, key, keyId, blob } = await encrypted();
    const other = await key();
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: keyId });
    await kms.createAlias({ AliasName: 'alias/other', TargetKeyId: other });
    for (const KeyId of [keyId, 'alias/kyc']) {
      expect(await outcome(kms.decrypt({ CiphertextBlob: blob, KeyId }))).toBe('ok');
    }
    for (const KeyId of [other, 'alias/other']) {
      await expect(kms.decrypt({ CiphertextBlob: blob, KeyId })).rejects.toThrow(
        refusal('ERR_KEY_INCORRECT'),
      );
    }
    expect(await outcome(kms.decrypt({ CiphertextBlob: blob, KeyId: 'alias/unknown' }))).toBe(
      'ERR_KEY_NOT_FOUND',
    );
  });

  it('are for keys of this usage only: ERR_KEY_USAGE', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    expect(await outcome(kms.encrypt({ KeyId, Plaintext: SECRET }))).toBe('ERR_KEY_USAGE');
    const generate = kms.generateDataKey({ KeyId, KeySpec: 'AES_256' });
    expect(await outcome(generate)).toBe('ERR_KEY_USAGE');
  });

  it('open in every process of the environment, and in no other environment', async () => {
    const { another, blob } = await encrypted();
    expect(await outcome((await another()).kms.decrypt({ CiphertextBlob: blob }))).toBe('ok');
    const { kms } = await keyService({ environment: 'other' });
    expect(await outcome(kms.decrypt({ CiphertextBlob: blob }))).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('know a key that another process made a moment ago', async () => {
    const { another, kms } = await keyService();
    const other = await another();
    const { KeyMetadata } = await other.kms.createKey();
    const made = await other.kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: SECRET });
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: made.CiphertextBlob });
    expect(Plaintext).toEqual(SECRET);
  });
});

describe('a blob', () => {
  it('that was altered anywhere, cut or extended is ERR_CIPHERTEXT_REJECTED', async () => {
    const { kms, blob } = await encrypted();
    const altered = Array.from(blob, (_, i) => {
      const copy = new Uint8Array(blob);
      copy[i] = (copy[i] as number) ^ 1;
      return copy;
    });
    const longer = new Uint8Array([...blob, 0]);
    for (const CiphertextBlob of [...altered, blob.subarray(0, -1), longer, new Uint8Array(61)]) {
      expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ERR_CIPHERTEXT_REJECTED');
    }
  });

  it('is rejected with one message and no cause', async () => {
    const { kms, blob } = await encrypted();
    const copy = new Uint8Array(blob);
    copy[50] = (copy[50] as number) ^ 1;
    const errors = await Promise.all(
      [copy, new Uint8Array(100)].map((CiphertextBlob) =>
        kms.decrypt({ CiphertextBlob }).catch((error: Error) => error),
      ),
    );
    expect(new Set(errors.map((error) => (error as Error).message)).size).toBe(1);
    expect(errors.every((error) => (error as Error).cause === undefined)).toBe(true);
  });

  it('is no wrap: a stored key put in its place does not open, nor the reverse', async () => {
    const { kms, insider, keyId, blob } = await encrypted();
    const { rows, rootKey } = await insider();
    const [version] = await rows('key_version');
    const wrap = version?.columns.wrapped as Uint8Array;
    const head = [0xf7, 1, ...keyIdBytes(keyId), 0, 0, 0, 1];
    const disguised = new Uint8Array([...head, ...wrap.subarray(22)]);
    for (const CiphertextBlob of [wrap, disguised]) {
      expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ERR_CIPHERTEXT_REJECTED');
    }
    const { CiphertextBlob } = await kms.encrypt({ KeyId: keyId, Plaintext: new Uint8Array(32) });
    expect(CiphertextBlob).toHaveLength(WRAP_BYTES);
    const context = { level: 'key-version', env: 'test' };
    expect(rootKey.unwrap(CiphertextBlob, context)).toBeNull();
    expect(
      rootKey.unwrap(new Uint8Array([0xf6, ...CiphertextBlob.subarray(1)]), context),
    ).toBeNull();
    expect(blob[0]).toBe(0xf7);
  });
});

describe('an encryption context', () => {
  it.each<[Record<string, string>, Record<string, string> | undefined]>([
    [{ a: 'bc' }, { ab: 'c' }],
    [{ a: 'bc' }, { a: 'b', c: '' }],
    [{ a: 'bc' }, { A: 'bc' }],
    [{ a: 'bc' }, { a: 'BC' }],
    [{ a: 'bc' }, { a: 'bc', d: 'e' }],
    [{ a: 'bc', d: 'e' }, { a: 'bc' }],
    [{ a: '' }, undefined],
    [{ a: 'é' }, { a: 'e\u0301' }],
    [JSON.parse('{"__proto__":"x"}'), undefined],
    [JSON.parse('{"__proto__":"x"}'), JSON.parse('{"__proto__":"y"}')],
    [{ constructor: 'x' }, {}],
  ])('of %j does not open with %j', async (given, other) => {
    const { kms, blob } = await encrypted(given);
    const request = { CiphertextBlob: blob };
    expect(await outcome(kms.decrypt({ ...request, EncryptionContext: given }))).toBe('ok');
    const wrong = other === undefined ? request : { ...request, EncryptionContext: other };
    expect(await outcome(kms.decrypt(wrong))).toBe('ERR_CIPHERTEXT_REJECTED');
  });

  it('has no order, and none is the same as an empty one', async () => {
    const { kms, blob } = await encrypted({ b: '2', a: '1', ä: '3' });
    const EncryptionContext = { ä: '3', a: '1', b: '2' };
    expect(await outcome(kms.decrypt({ CiphertextBlob: blob, EncryptionContext }))).toBe('ok');
    const plain = await encrypted({});
    expect(await outcome(plain.kms.decrypt({ CiphertextBlob: plain.blob }))).toBe('ok');
  });

  it('is what it was when the call was made', async () => {
    const { kms, key } = await keyService();
    const EncryptionContext: Record<string, string> = { a: '1' };
    const call = kms.encrypt({ KeyId: await key(), Plaintext: SECRET, EncryptionContext });
    EncryptionContext.a = '2';
    const { CiphertextBlob } = await call;
    const opened = kms.decrypt({ CiphertextBlob, EncryptionContext: { a: '1' } });
    expect(await outcome(opened)).toBe('ok');
  });
});

describe('generateDataKey', () => {
  it.each([
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_256' }, 32],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
  ] as const)('of %j gives %d bytes, plain and sealed', async (size, length) => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const EncryptionContext = { table: 'customers' };
    const made = await kms.generateDataKey({ KeyId, ...size, EncryptionContext });
    expect(Object.keys(made).toSorted()).toEqual([
      'CiphertextBlob',
      'KeyId',
      'KeyMaterialId',
      'Plaintext',
    ]);
    expect(made.Plaintext).toHaveLength(length);
    const { CiphertextBlob } = made;
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext });
    expect(opened.Plaintext).toEqual(made.Plaintext);
  });

  it('without plaintext gives the sealed one alone', async () => {
    const { kms, key } = await keyService();
    const request = { KeyId: await key(), KeySpec: 'AES_256' } as const;
    const made = await kms.generateDataKeyWithoutPlaintext(request);
    expect(made).toEqual({
      KeyId: request.KeyId,
      KeyMaterialId: expect.stringMatching(HEX),
      CiphertextBlob: expect.any(Uint8Array),
    });
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: made.CiphertextBlob });
    expect(Plaintext).toHaveLength(32);
    // nothing of zeros, as the caller's copy is wiped
    expect(Plaintext.some((byte) => byte !== 0)).toBe(true);
  });
});

describe('generateRandom', () => {
  it('gives as many bytes as were asked for', async () => {
    const { kms } = await keyService();
    const [a, b] = await Promise.all([1, 2].map(() => kms.generateRandom({ NumberOfBytes: 32 })));
    expect(a?.Plaintext).toHaveLength(32);
    expect(a).not.toEqual(b);
    expect((await kms.generateRandom({ NumberOfBytes: 1024 })).Plaintext).toHaveLength(1024);
  });
});

describe('reEncrypt', () => {
  it('moves a blob to another key and context, in the names of AWS', async () => {
    const { kms, key, keyId, blob, result } = await encrypted({ a: '1' });
    const target = await key();
    const moved = await kms.reEncrypt({
      CiphertextBlob: blob,
      SourceKeyId: keyId,
      SourceEncryptionContext: { a: '1' },
      DestinationKeyId: target,
      DestinationEncryptionContext: { b: '2' },
    });
    expect(moved).toEqual({
      CiphertextBlob: expect.any(Uint8Array),
      SourceKeyId: keyId,
      KeyId: target,
      SourceKeyMaterialId: result.KeyMaterialId,
      DestinationKeyMaterialId: expect.stringMatching(HEX),
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
    const { CiphertextBlob } = moved;
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext: { b: '2' } });
    expect(opened).toMatchObject({ KeyId: target, Plaintext: SECRET });
  });

  it('brings a blob under the newest version of its key', async () => {
    const { kms, keyring, keyId, blob } = await encrypted();
    await keyring.rotateKey(keyId);
    const moved = await kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: keyId });
    expect(moved.SourceKeyMaterialId).not.toBe(moved.DestinationKeyMaterialId);
  });

  it('refuses another context, another source key and an unknown destination', async () => {
    const { kms, key, keyId, blob } = await encrypted({ a: '1' });
    const right = {
      CiphertextBlob: blob,
      SourceEncryptionContext: { a: '1' },
      DestinationKeyId: keyId,
    };
    const wrongContext = kms.reEncrypt({ ...right, SourceEncryptionContext: { a: '2' } });
    expect(await outcome(wrongContext)).toBe('ERR_CIPHERTEXT_REJECTED');
    const wrongKey = kms.reEncrypt({ ...right, SourceKeyId: await key() });
    expect(await outcome(wrongKey)).toBe('ERR_KEY_INCORRECT');
    const nowhere = kms.reEncrypt({ ...right, DestinationKeyId: 'alias/unknown' });
    expect(await outcome(nowhere)).toBe('ERR_KEY_NOT_FOUND');
  });
});

describe('a dry run', () => {
  it('answers ERR_DRY_RUN where the call would succeed, and its error where it would not', async () => {
    const { kms, keyId, blob } = await encrypted();
    const tampered = new Uint8Array(blob);
    tampered[60] = (tampered[60] as number) ^ 1;
    const DryRun = true;
    const calls = (CiphertextBlob: Uint8Array) => [
      kms.decrypt({ CiphertextBlob, DryRun }),
      kms.reEncrypt({ CiphertextBlob, DestinationKeyId: keyId, DryRun }),
    ];
    const others = [
      kms.encrypt({ KeyId: keyId, Plaintext: SECRET, DryRun }),
      kms.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256', DryRun }),
      kms.generateDataKeyWithoutPlaintext({ KeyId: keyId, KeySpec: 'AES_256', DryRun }),
    ];
    for (const call of [...calls(blob), ...others]) {
      await expect(call).rejects.toThrow(refusal('ERR_DRY_RUN', { keyId }));
    }
    for (const call of calls(tampered)) {
      expect(await outcome(call)).toBe('ERR_CIPHERTEXT_REJECTED');
    }
    await kms.disableKey({ KeyId: keyId });
    for (const call of calls(blob)) expect(await outcome(call)).toBe('ERR_KEY_DISABLED');
  });
});
