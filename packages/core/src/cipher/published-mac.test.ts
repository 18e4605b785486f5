import { describe, expect, test } from 'vitest';
import { concatBytes } from '../bytes/concat.ts';
import type { Engine } from './engine.ts';
import { ENGINES, hex, readVectors, toHex } from './engines.fake.ts';

interface MacVectors {
  readonly testGroups: readonly {
    readonly tagSize: number;
    readonly tests: readonly {
      readonly tcId: number;
      readonly key: string;
      readonly msg: string;
      readonly tag: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

interface HkdfVectors {
  readonly testGroups: readonly {
    readonly tests: readonly {
      readonly tcId: number;
      readonly ikm: string;
      readonly salt: string;
      readonly info: string;
      readonly size: number;
      readonly okm: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

/** RFC 5869 over the one-shot HMAC, in the way that keys are derived. */
function hkdf(
  engine: Engine,
  options: { ikm: Uint8Array; salt: Uint8Array; info: Uint8Array; size: number },
): Uint8Array {
  const { ikm, salt, info, size } = options;
  const prk = engine.hmac(salt, ikm);
  let okm = new Uint8Array(0);
  let block = new Uint8Array(0);
  for (let counter = 1; okm.length < size; counter++) {
    block = new Uint8Array(engine.hmac(prk, concatBytes(block, info, Uint8Array.of(counter))));
    okm = new Uint8Array(concatBytes(okm, block));
  }
  return okm.subarray(0, size);
}

const macs = (readVectors('wycheproof_hmac_sha256.json') as MacVectors).testGroups;
const hkdfs = (readVectors('wycheproof_hkdf_sha256.json') as HkdfVectors).testGroups
  .flatMap((group) => group.tests)
  .filter((vector) => vector.result === 'valid');

describe.each(ENGINES)('HMAC-SHA-256 of $name', (engine) => {
  test('one-shot and keyed, every valid vector gives its tag and no invalid one does', () => {
    let seen = 0;
    for (const { tagSize, tests } of macs) {
      for (const { tcId, key, msg, tag, result } of tests) {
        const keyed = new Uint8Array(32);
        const mac = engine.mac(hex(key));
        mac.mac(hex(msg), keyed);
        const once = engine.hmac(hex(key), hex(msg));
        expect(toHex(once), `vector ${tcId}`).toBe(toHex(keyed));
        const isTag = toHex(keyed).slice(0, tagSize / 4) === tag;
        expect(isTag, `vector ${tcId}`).toBe(result === 'valid');
        seen += 1;
      }
    }
    expect(seen).toBe(174);
  });

  test('a keyed MAC gives the same for the same message, whatever was in between', () => {
    const mac = engine.mac(hex('0102'));
    const [first, other, again] = [new Uint8Array(32), new Uint8Array(32), new Uint8Array(32)];
    mac.mac(hex('00'), first);
    mac.mac(hex('01'), other);
    mac.mac(hex('00'), again);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test('a destroyed MAC key refuses', () => {
    const mac = engine.mac(hex('0102'));
    mac.destroy();
    expect(() => mac.mac(hex('00'), new Uint8Array(32))).toThrow();
  });

  test('HKDF over it gives every vector of Wycheproof', () => {
    expect(hkdfs.length).toBeGreaterThan(70);
    for (const { tcId, ikm, salt, info, size, okm } of hkdfs) {
      const derived = hkdf(engine, { ikm: hex(ikm), salt: hex(salt), info: hex(info), size });
      expect(toHex(derived), `vector ${tcId}`).toBe(okm);
    }
  });

  // FIPS 180-4 examples, as NIST publishes them
  test('SHA-256 of "abc" is that of the standard', () => {
    expect(toHex(engine.sha256(new TextEncoder().encode('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
