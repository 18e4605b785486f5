import { describe, expect, test } from 'vitest';
import type { AeadKey } from './engine.ts';
import { hex, toHex } from './engines.fake.ts';
import { createNobleAead } from './noble-aead.ts';
import { createXaes } from './xaes.ts';

const NOTHING = new Uint8Array(0);

/** AES is not what is looked at here: a block "cipher" that tells its inputs apart will do. */
function mix(key: Uint8Array, block: Uint8Array): Uint8Array {
  return block.map((byte, i) => (byte * 5 + (key[i] as number)) & 0xff);
}

/** XAES whose GCM keys report when they are made and wiped. */
function observed(maxDerivedKeys?: number): {
  xaesOf: (key: Uint8Array) => AeadKey;
  made: string[];
  wiped: string[];
} {
  const made: string[] = [];
  const wiped: string[] = [];
  const gcm = (key: Uint8Array): AeadKey => {
    const name = toHex(key);
    const real = createNobleAead('aes-256-gcm', key);
    made.push(name);
    return {
      ...real,
      destroy() {
        wiped.push(name);
        real.destroy();
      },
    };
  };
  return { xaesOf: createXaes({ encryptBlock: mix, gcm }, maxDerivedKeys), made, wiped };
}

/** A nonce whose first half is this number. */
function nonceOf(half: number): Uint8Array {
  const nonce = new Uint8Array(24);
  new DataView(nonce.buffer).setUint32(8, half);
  return nonce;
}

function touch(key: AeadKey, half: number): void {
  key.seal(nonceOf(half), NOTHING, NOTHING, new Uint8Array(16));
}

describe('derived keys of XAES', () => {
  test('a key is derived once for each first half of a nonce, in whatever order they come', () => {
    const { xaesOf, made } = observed();
    const key = xaesOf(new Uint8Array(32));
    for (const half of [1, 1, 2, 1, 2, 2, 1]) touch(key, half);
    expect(made).toHaveLength(2);
  });

  test('the second half of a nonce derives nothing', () => {
    const { xaesOf, made } = observed();
    const key = xaesOf(new Uint8Array(32));
    for (let i = 0; i < 5; i++) {
      const nonce = nonceOf(1);
      nonce[23] = i;
      key.seal(nonce, NOTHING, NOTHING, new Uint8Array(16));
    }
    expect(made).toHaveLength(1);
  });

  test('every byte of the first half selects another key', () => {
    const { xaesOf, made } = observed();
    const key = xaesOf(new Uint8Array(32));
    for (let i = 0; i < 12; i++) {
      const nonce = new Uint8Array(24);
      nonce[i] = 1;
      key.seal(nonce, NOTHING, NOTHING, new Uint8Array(16));
    }
    expect(new Set(made).size).toBe(12);
  });

  test('the one that was used longest ago is wiped to make room', () => {
    const { xaesOf, made, wiped } = observed(2);
    const key = xaesOf(new Uint8Array(32));
    for (const half of [1, 2, 1, 3]) touch(key, half);
    expect(wiped).toEqual([made[1]]);
    touch(key, 1);
    expect(made).toHaveLength(3);
  });

  test('the limit holds for all keys together', () => {
    const { xaesOf, made, wiped } = observed(2);
    const keys = [1, 2, 3, 4, 5].map((fill) => xaesOf(new Uint8Array(32).fill(fill)));
    for (const key of keys) touch(key, 1);
    expect(made).toHaveLength(5);
    expect(wiped).toEqual(made.slice(0, 3));
  });

  test('a key whose last derived key was taken by another one derives it again', () => {
    const { xaesOf, made } = observed(1);
    const [key, other] = [xaesOf(new Uint8Array(32)), xaesOf(new Uint8Array(32).fill(9))];
    const out = new Uint8Array(16);
    key.seal(nonceOf(1), NOTHING, NOTHING, out);
    touch(other, 1);
    expect(key.open(nonceOf(1), NOTHING, out, NOTHING)).toBe(true);
    expect(made).toHaveLength(3);
    expect(made[2]).toBe(made[0]);
  });

  test('two keys with the same bytes share no derived key', () => {
    const { xaesOf, made } = observed();
    const [key, same] = [xaesOf(new Uint8Array(32)), xaesOf(new Uint8Array(32))];
    touch(key, 1);
    key.destroy();
    expect(() => touch(same, 1)).not.toThrow();
    expect(made).toHaveLength(2);
  });

  test('destroying a key wipes its derived keys and those of no other', () => {
    const { xaesOf, made, wiped } = observed();
    const [key, other] = [xaesOf(new Uint8Array(32)), xaesOf(new Uint8Array(32).fill(9))];
    touch(key, 1);
    touch(key, 2);
    touch(other, 1);
    key.destroy();
    expect(wiped).toEqual(made.slice(0, 2));
    key.destroy();
    expect(wiped).toHaveLength(2);
    expect(() => touch(key, 1)).toThrow(expect.objectContaining({ code: 'ERR_INTERNAL' }));
  });

  test('derived key and nonce are those of the specification', () => {
    const seen: { key: string; nonce: string }[] = [];
    const blocks = new Map([
      ['00000000000000000000000000000000', '7298caa565031eadc6ce23d23ea66378'],
      // K1 xor M1 and K1 xor M2 of the first vector, encrypted
      ['e530cd4a8b447e1fc8da00ec34068dbc', 'c8612c9ed53fe43e8e005b828a1631a0'],
      ['e533cd4a8b447e1fc8da00ec34068dbc', 'bbcb6ab2f46514ec4f439fcfd0fa969b'],
    ]);
    const xaesOf = createXaes({
      encryptBlock: (_key, block) => hex(blocks.get(toHex(block)) ?? ''),
      gcm: (key) => {
        const name = toHex(key);
        return {
          seal: (nonce) => void seen.push({ key: name, nonce: toHex(nonce) }),
          open: () => false,
          destroy: () => undefined,
        };
      },
    });
    const nonce = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWX');
    xaesOf(new Uint8Array(32).fill(1)).seal(nonce, NOTHING, NOTHING, NOTHING);
    expect(seen).toEqual([
      {
        key: 'c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b',
        nonce: '4d4e4f505152535455565758',
      },
    ]);
  });
});
