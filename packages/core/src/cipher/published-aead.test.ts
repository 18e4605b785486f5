import { describe, expect, test } from 'vitest';
import type { AeadKey } from './engine.ts';
import { ENGINES, hex, opened, readVectors, sealed, toHex } from './engines.fake.ts';
import { createNobleAead } from './noble-aead.ts';
import { createNodeAead } from './node-aead.ts';

interface AeadVectors {
  readonly testGroups: readonly {
    readonly ivSize: number;
    readonly keySize: number;
    readonly tagSize: number;
    readonly tests: readonly {
      readonly tcId: number;
      readonly key: string;
      readonly iv: string;
      readonly aad: string;
      readonly msg: string;
      readonly ct: string;
      readonly tag: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

/** Vectors of the only sizes in use: 256-bit keys, 128-bit tags and one nonce length. */
function vectorsOf(file: string, ivSize: number): AeadVectors['testGroups'][number]['tests'] {
  const { testGroups } = readVectors(file) as AeadVectors;
  return testGroups
    .filter((group) => group.ivSize === ivSize && group.keySize === 256 && group.tagSize === 128)
    .flatMap((group) => group.tests);
}

const NODE = 'node:crypto';
const NOBLE = '@noble/ciphers';

const PRIMITIVES: readonly {
  readonly name: string;
  readonly file: string;
  readonly ivSize: number;
  readonly least: number;
  readonly make: (key: Uint8Array) => AeadKey;
}[] = [
  ...[
    { library: NODE, make: (key: Uint8Array) => createNodeAead('aes-256-gcm', key) },
    { library: NOBLE, make: (key: Uint8Array) => createNobleAead('aes-256-gcm', key) },
  ].map(({ library, make }) => ({
    name: `AES-256-GCM of ${library}`,
    file: 'wycheproof_aes_gcm.json',
    ivSize: 96,
    least: 60,
    make,
  })),
  ...[
    { library: NODE, make: (key: Uint8Array) => createNodeAead('chacha20-poly1305', key) },
    { library: NOBLE, make: (key: Uint8Array) => createNobleAead('chacha20-poly1305', key) },
  ].map(({ library, make }) => ({
    name: `ChaCha20-Poly1305 of ${library}`,
    file: 'wycheproof_chacha20_poly1305.json',
    ivSize: 96,
    least: 250,
    make,
  })),
  ...ENGINES.map((engine) => ({
    name: `XChaCha20-Poly1305 of ${engine.name}`,
    file: 'wycheproof_xchacha20_poly1305.json',
    ivSize: 192,
    least: 250,
    make: (key: Uint8Array) => engine.aead(2, key),
  })),
];

describe.each(PRIMITIVES)('$name', ({ file, ivSize, least, make }) => {
  const vectors = vectorsOf(file, ivSize);
  const valid = vectors.filter((vector) => vector.result === 'valid');
  const invalid = vectors.filter((vector) => vector.result === 'invalid');

  test(`the file has at least ${least} vectors of these sizes, of both results`, () => {
    expect(vectors.length).toBeGreaterThanOrEqual(least);
    expect(valid.length).toBeGreaterThan(0);
    expect(invalid.length).toBeGreaterThan(0);
  });

  test('every valid vector is sealed to its bytes and opens', () => {
    for (const { tcId, key, iv, aad, msg, ct, tag } of valid) {
      const aead = make(hex(key));
      const bytes = sealed(aead, hex(iv), hex(aad), hex(msg));
      expect(toHex(bytes), `seal ${tcId}`).toBe(ct + tag);
      const plaintext = opened(aead, hex(iv), hex(aad), bytes);
      expect(plaintext && toHex(plaintext), `open ${tcId}`).toBe(msg);
    }
  });

  test('every invalid vector is refused', () => {
    for (const { tcId, key, iv, aad, ct, tag } of invalid) {
      const aead = make(hex(key));
      expect(opened(aead, hex(iv), hex(aad), hex(ct + tag)), `open ${tcId}`).toBeUndefined();
    }
  });
});
