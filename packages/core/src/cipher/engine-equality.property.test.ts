import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENGINES, opened, sealed } from './engines.fake.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
/** Across the block borders of AES, ChaCha and Poly1305. */
const message = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 0, max: 4200 }).map((length) => new Uint8Array(length).fill(length)),
);
const call = fc.record({ key: bytes(32), nonce: bytes(24), aad: message, plaintext: message });

describe.each([1, 2] as const)('suite %i', (suite) => {
  test('all engines seal to the same bytes, and each opens what any other sealed', () => {
    const property = fc.property(call, ({ key, nonce, aad, plaintext }) => {
      const keys = ENGINES.map((engine) => engine.aead(suite, key));
      const cells = keys.map((aead) => sealed(aead, nonce, aad, plaintext));
      for (const cell of cells) {
        expect(cell).toEqual(cells[0]);
        for (const aead of keys) expect(opened(aead, nonce, aad, cell)).toEqual(plaintext);
      }
      for (const aead of keys) aead.destroy();
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('every engine refuses a flipped bit of ciphertext, tag, nonce, context or key', () => {
    const property = fc.property(call, fc.nat(), fc.nat(4), (given, position, part) => {
      for (const engine of ENGINES) {
        const cell = sealed(engine.aead(suite, given.key), given.nonce, given.aad, given.plaintext);
        const parts = [
          cell,
          new Uint8Array(given.nonce),
          new Uint8Array(given.aad),
          new Uint8Array(given.key),
          cell.subarray(cell.length - 16),
        ] as const;
        const flipped = parts[part] as Uint8Array;
        if (flipped.length === 0) return;
        const bit = position % (8 * flipped.length);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const [, nonce, aad, key] = parts;
        expect(opened(engine.aead(suite, key), nonce, aad, cell)).toBeUndefined();
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test.each(ENGINES)('a cut cell is refused by $name, also one shorter than a tag', (engine) => {
    const aead = engine.aead(suite, new Uint8Array(32));
    const nonce = new Uint8Array(24);
    const cell = sealed(aead, nonce, new Uint8Array(3), Uint8Array.of(1, 2, 3));
    for (let length = 0; length < cell.length; length++) {
      expect(opened(aead, nonce, new Uint8Array(3), cell.subarray(0, length))).toBeUndefined();
    }
  });

  test.each(ENGINES)('$name copies the key: wiping the caller’s changes nothing', (engine) => {
    const [key, nonce, aad] = [new Uint8Array(32).fill(1), new Uint8Array(24), new Uint8Array(0)];
    const aead = engine.aead(suite, key);
    key.fill(0);
    const same = engine.aead(suite, new Uint8Array(32).fill(1));
    const plaintext = Uint8Array.of(5);
    expect(sealed(aead, nonce, aad, plaintext)).toEqual(sealed(same, nonce, aad, plaintext));
  });

  test.each(ENGINES)('a destroyed key of $name seals and opens nothing', (engine) => {
    const aead = engine.aead(suite, new Uint8Array(32).fill(1));
    const [nonce, aad] = [new Uint8Array(24), new Uint8Array(0)];
    const cell = sealed(aead, nonce, aad, Uint8Array.of(5));
    aead.destroy();
    const refusal = expect.objectContaining({ code: 'ERR_INTERNAL' });
    expect(() => sealed(aead, nonce, aad, Uint8Array.of(5))).toThrow(refusal);
    expect(() => opened(aead, nonce, aad, cell)).toThrow(refusal);
  });

  test.each(ENGINES)('what $name refuses leaves no plaintext in the output', (engine) => {
    const aead = engine.aead(suite, new Uint8Array(32).fill(1));
    const [nonce, aad] = [new Uint8Array(24), new Uint8Array(0)];
    const plaintext = new Uint8Array(64).fill(0x41);
    const cell = sealed(aead, nonce, aad, plaintext);
    cell[cell.length - 1] = (cell.at(-1) as number) ^ 1;
    const out = new Uint8Array(64);
    expect(aead.open(nonce, aad, cell, out)).toBe(false);
    expect(out).toEqual(new Uint8Array(64));
  });
});

test('only noble has a suite that leaks timing', () => {
  for (const { name, constantTimeSuites } of ENGINES) {
    expect([...constantTimeSuites]).toEqual(name === '@noble/ciphers' ? [2] : [1, 2]);
  }
});
