import { describe, expect, test } from 'vitest';
import { defaultEngine, defaultRandom } from './default-engine.node.ts';
import {
  defaultEngine as portableEngine,
  defaultRandom as portableRandom,
} from './default-engine.portable.ts';
import { sealed } from './engines.fake.ts';
import { loadSodium } from './sodium.ts';

describe('default engine', () => {
  test('on Node it is node:crypto, with libsodium where that is installed', () => {
    const withSodium = loadSodium() !== undefined;
    expect(defaultEngine().name).toBe(withSodium ? 'node:crypto + sodium-native' : 'node:crypto');
  });

  test('elsewhere it is noble', () => {
    expect(portableEngine().name).toBe('@noble/ciphers');
  });

  test('the package import #engine gives that of this platform', async () => {
    const chosen = await import('#engine');
    expect(chosen.defaultEngine()).toBe(defaultEngine());
    expect(chosen.defaultRandom()).toBe(defaultRandom());
  });

  test.each([
    ['Node', defaultEngine, defaultRandom],
    ['other platforms', portableEngine, portableRandom],
  ])('on %s there is one engine and one random source, and they work', (_name, engine, random) => {
    expect(engine()).toBe(engine());
    expect(random()).toBe(random());
    const [key, nonce] = [new Uint8Array(32), new Uint8Array(24)];
    random().fill(key);
    random().fill(nonce);
    expect(key).not.toEqual(new Uint8Array(32));
    expect(sealed(engine().aead(1, key), nonce, key, nonce)).toHaveLength(40);
  });
});
