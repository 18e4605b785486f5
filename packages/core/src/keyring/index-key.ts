import { latin1 } from '../bytes/latin1.ts';
import type { MacKey } from '../cipher/engine.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { deriveKey } from '../keys/derive.ts';
import type { LeasedIndexKey, Scope } from './key-door.ts';
import type { ChildKeyFacts } from './key-usability.ts';
import type { Primitives } from './primitives.ts';
import { redacted } from './redacted.ts';

/** An unwrapped index key with the token keys made of it. */
export interface IndexKey extends LeasedIndexKey {
  readonly kind: 'index-key';
  readonly facts: ChildKeyFacts;
  readonly scope: Scope;
  destroy(): void;
}

type TokenSpec = Parameters<LeasedIndexKey['tokenMac']>[0];

const TOKEN_BYTES = 32;

/**
 * Keeps an index key for as long as it is cached or lent.
 * @param key - 32 bytes; copied.
 */
export function createIndexKey(options: {
  readonly primitives: Primitives;
  readonly key: Uint8Array;
  readonly facts: ChildKeyFacts;
  readonly scope: Scope;
}): IndexKey {
  const { engine } = options.primitives;
  const key = new Uint8Array(options.key);
  const macs = new Map<string, MacKey>();
  let destroyed = false;

  function macOf(spec: TokenSpec): MacKey {
    // zeros would make tokens as well as any key
    if (destroyed) throw new FieldsealError('ERR_INTERNAL', 'The key was given back');
    const { indexId, kind, normalizer, params, tenant } = spec;
    const name = JSON.stringify([indexId, kind, normalizer, latin1(params), tenant]);
    const known = macs.get(name);
    if (known !== undefined) return known;
    const info = { use: 'token', index: indexId, kind, normalizer, params, tenant };
    const tokenKey = deriveKey(engine, 'index-key', key, info);
    const mac = engine.mac(tokenKey);
    tokenKey.fill(0);
    macs.set(name, mac);
    return mac;
  }

  return redacted('IndexKey', {
    kind: 'index-key',
    facts: options.facts,
    scope: options.scope,
    tokenMac(spec) {
      const mac = macOf(spec);
      const token = new Uint8Array(TOKEN_BYTES);
      return (message) => {
        mac.mac(message, token);
        return token;
      };
    },
    destroy() {
      destroyed = true;
      key.fill(0);
      for (const mac of macs.values()) mac.destroy();
      macs.clear();
    },
  });
}
