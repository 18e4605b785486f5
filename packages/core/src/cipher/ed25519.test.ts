import { describe, expect, test } from 'vitest';
import { ed25519 as onNode } from './ed25519.node.ts';
import { ed25519 as portable } from './ed25519.portable.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

/** RFC 8032 section 7.1, tests 1 to 3. */
const PUBLISHED = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

describe.each([
  ['node:crypto', onNode],
  ['Web Crypto', portable],
])('Ed25519 of %s', (_name, ed25519) => {
  test.each(PUBLISHED)('signs and verifies what RFC 8032 publishes', async (published) => {
    const key = await ed25519.importSeed(bytes(published.seed));
    const message = bytes(published.message);
    const signature = bytes(published.signature);
    expect(key.publicKey).toEqual(bytes(published.publicKey));
    expect(await key.sign(message)).toEqual(signature);
    expect(await ed25519.verify(key.publicKey, message, signature)).toBe(true);
  });

  test('refuses another message, another key, a flipped bit and what is no key', async () => {
    const [first, second] = PUBLISHED.map((each) => ({
      message: bytes(each.message),
      publicKey: bytes(each.publicKey),
      signature: bytes(each.signature),
    })) as [Parts, Parts];
    const { message, publicKey, signature } = second;
    const flipped = signature.with(3, (signature[3] as number) ^ 1);
    expect(await ed25519.verify(publicKey, first.message, signature)).toBe(false);
    expect(await ed25519.verify(first.publicKey, message, signature)).toBe(false);
    expect(await ed25519.verify(publicKey, message, flipped)).toBe(false);
    expect(await ed25519.verify(publicKey, message, signature.subarray(1))).toBe(false);
    expect(await ed25519.verify(publicKey.subarray(1), message, signature)).toBe(false);
    expect(await ed25519.verify(new Uint8Array(32).fill(2), message, signature)).toBe(false);
  });

  test('signs after the seed was wiped', async () => {
    const seed = bytes(PUBLISHED[0]!.seed);
    const key = await ed25519.importSeed(seed);
    seed.fill(0);
    expect(await key.sign(new Uint8Array())).toEqual(bytes(PUBLISHED[0]!.signature));
  });
});

interface Parts {
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

test('the package import #ed25519 gives that of this platform', async () => {
  expect((await import('#ed25519')).ed25519).toBe(onNode);
});
