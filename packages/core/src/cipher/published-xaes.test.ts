import { shake128 } from '@noble/hashes/sha3.js';
import { describe, expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { ENGINES, hex, opened, readVectors, sealed, toHex } from './engines.fake.ts';

interface XaesVectors {
  readonly vectors: readonly {
    readonly key: string;
    readonly nonceAscii: string;
    readonly plaintextAscii: string;
    readonly aadAscii: string;
    readonly ciphertextAndTag: string;
  }[];
  readonly accumulated: { readonly rngPrefix: string; readonly iterations10000: string };
}

const { vectors, accumulated } = readVectors('c2sp_xaes_256_gcm.json') as XaesVectors;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The accumulated vector: seals and opens what SHAKE-128 says, and hashes the ciphertexts. */
function accumulate(engine: Engine, iterations: number): string {
  const source = shake128.create();
  const sink = shake128.create();
  const random = (length: number): Uint8Array => source.xof(length);
  const upTo255 = (): Uint8Array => random(random(1)[0] as number);
  for (let i = 0; i < iterations; i++) {
    const key = random(32);
    const nonce = random(24);
    const plaintext = upTo255();
    const aad = upTo255();
    const aead = engine.aead(1, key);
    const bytes = sealed(aead, nonce, aad, plaintext);
    const back = opened(aead, nonce, aad, bytes);
    aead.destroy();
    if (back === undefined || toHex(back) !== toHex(plaintext)) throw new Error(`iteration ${i}`);
    sink.update(bytes);
  }
  return toHex(sink.xof(32));
}

describe.each(ENGINES)('XAES-256-GCM of $name', (engine) => {
  test('both vectors of the specification are sealed to their bytes and open', () => {
    expect(vectors).toHaveLength(2);
    for (const { key, nonceAscii, plaintextAscii, aadAscii, ciphertextAndTag } of vectors) {
      const aead = engine.aead(1, hex(key));
      const [nonce, aad, plaintext] = [ascii(nonceAscii), ascii(aadAscii), ascii(plaintextAscii)];
      expect(toHex(sealed(aead, nonce, aad, plaintext))).toBe(ciphertextAndTag);
      expect(opened(aead, nonce, aad, hex(ciphertextAndTag))).toEqual(plaintext);
    }
  });

  test('ten thousand random messages give the hash of the specification', () => {
    expect(toHex(shake128.create().xof(16))).toBe(accumulated.rngPrefix);
    expect(accumulate(engine, 10_000)).toBe(accumulated.iterations10000);
  }, 60_000);
});
