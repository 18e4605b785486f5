import type { MacKey } from '../cipher/engine.ts';
import { deriveKey } from '../keys/derive.ts';
import type { LeasedIndexKey } from './key-door.ts';
import type { ChildKeyFacts } from './key-usability.ts';
import type { Primitives } from './primitives.ts';
import { redacted } from './redacted.ts';

/** An unwrapped index key with the token keys made of it. */
export interface IndexKey extends LeasedIndexKey {
  readonly kind: 'index-key';
  readonly facts: ChildKeyFacts;
  destroy(): void;
}

const TOKEN_BYTES = 32;

/**
 * Keeps an index key for as long as it is cached or lent.
 * @param key - 32 bytes; copied.
 */
export function createIndexKey(options: {
  readonly primitives: Primitives;
  readonly key: Uint8Array;
  readonly facts: ChildKeyFacts;
}): IndexKey {
  const { engine } = options.primitives;
  const key = new Uint8Array(options.key);
  const token = new Uint8Array(TOKEN_BYTES);
  const macs = new Map<string, MacKey>();

  return redacted('IndexKey', {
    kind: 'index-key',
    facts: options.facts,
    tokenMac({ indexId, kind, normalizer, params, tenant }) {
      const name = JSON.stringify([indexId, kind, normalizer, [...params], tenant ?? null]);
      let mac = macs.get(name);
      if (mac === undefined) {
        const info = { use: 'token', index: indexId, kind, normalizer, params, tenant };
        const tokenKey = deriveKey(engine, 'index-key', key, info);
        mac = engine.mac(tokenKey);
        tokenKey.fill(0);
        macs.set(name, mac);
      }
      const keyed = mac;
      return (message) => {
        keyed.mac(message, token);
        return token;
      };
    },
    destroy() {
      key.fill(0);
      for (const mac of macs.values()) mac.destroy();
    },
  });
}
