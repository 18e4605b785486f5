import { latin1ToBytes } from '../bytes/latin1.ts';
import { createFieldCipher } from '../cell/create-field-cipher.ts';
import type { FieldCipher } from '../cell/field-cipher.ts';
import type { Suite } from '../cipher/suite.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
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
  // contents decide; the identity of a spec that was compiled once finds them without being compared
  const ciphers = new Map<string, FieldCipher>();
  const bySpec: readonly WeakMap<CipherSpec, FieldCipher>[] = [new WeakMap(), new WeakMap()];
  let destroyed = false;

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

  function cipherOf(spec: CipherSpec, suite: Suite): FieldCipher {
    // zeros would seal and open as well as any key
    if (destroyed) throw new FieldsealError('ERR_INTERNAL', 'The key was given back');
    const { fieldId, type, bound, pad, maxBytes } = spec;
    const name = JSON.stringify([suite, fieldId, type, bound, pad, maxBytes]);
    let cipher = ciphers.get(name);
    if (cipher === undefined) {
      cipher = createCipher(spec, suite);
      ciphers.set(name, cipher);
    }
    bySpec[suite - 1]?.set(spec, cipher);
    return cipher;
  }

  return redacted('DataKey', {
    kind: 'data-key',
    id: facts.id,
    facts,
    scope,
    // a cipher found after the end refuses by itself
    cipher: (spec, suite) => bySpec[suite - 1]?.get(spec) ?? cipherOf(spec, suite),
    destroy() {
      destroyed = true;
      key.fill(0);
      for (const cipher of ciphers.values()) cipher.destroy();
      ciphers.clear();
    },
  });
}
