import { latin1ToBytes } from '../bytes/latin1.ts';
import { createFieldCipher } from '../cell/create-field-cipher.ts';
import type { FieldCipher } from '../cell/field-cipher.ts';
import type { Suite } from '../cipher/suite.ts';
import { deriveKey } from '../keys/derive.ts';
import type { CipherSpec, LeasedDataKey, Scope } from './key-door.ts';
import type { ChildKeyFacts } from './key-usability.ts';
import type { Primitives } from './primitives.ts';
import { redacted } from './redacted.ts';

/** An unwrapped data key with the ciphers made of it. */
export interface DataKey extends LeasedDataKey {
  readonly kind: 'data-key';
  readonly facts: ChildKeyFacts;
  destroy(): void;
}

/**
 * Keeps a data key for as long as it is cached or lent.
 * @param key - 32 bytes; copied.
 */
export function createDataKey(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly key: Uint8Array;
  readonly facts: ChildKeyFacts;
  readonly scope: Scope;
}): DataKey {
  const { primitives, environment, facts, scope } = options;
  const { engine, random, clock } = primitives;
  const key = new Uint8Array(options.key);
  // by the identity of the spec: compiled once, while its contents would be compared for each call
  const ciphers: readonly [Map<CipherSpec, FieldCipher>, Map<CipherSpec, FieldCipher>] = [
    new Map(),
    new Map(),
  ];

  function createCipher(spec: CipherSpec, suite: Suite): FieldCipher {
    const { fieldId } = spec;
    const info = { use: 'cell', suite: Uint8Array.of(suite), field: fieldId };
    const fieldKey = deriveKey(engine, 'data-key', key, info);
    const cipher = createFieldCipher({
      ...spec,
      ...scope,
      engine,
      random,
      fieldKey,
      suite,
      dataKeyId: latin1ToBytes(facts.id),
      environment,
      now: () => clock.monotonic(),
    });
    fieldKey.fill(0);
    return cipher;
  }

  return redacted('DataKey', {
    kind: 'data-key',
    id: facts.id,
    facts,
    scope,
    cipher(spec, suite) {
      const made = ciphers[suite - 1] as Map<CipherSpec, FieldCipher>;
      let cipher = made.get(spec);
      if (cipher === undefined) {
        cipher = createCipher(spec, suite);
        made.set(spec, cipher);
      }
      return cipher;
    },
    destroy() {
      key.fill(0);
      for (const made of ciphers) for (const cipher of made.values()) cipher.destroy();
    },
  });
}
