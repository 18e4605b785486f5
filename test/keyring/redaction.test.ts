import { inspect } from 'node:util';
import { createMemoryStore, type RandomSource } from '@fieldseal/core';
import { memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../packages/core/src/cache/clock.ts';
import { createKeyCache } from '../../packages/core/src/cache/key-cache.ts';
import {
  defaultEngine,
  defaultRandom,
} from '../../packages/core/src/cipher/default-engine.node.ts';
import { createDataKey } from '../../packages/core/src/keyring/data-key.ts';
import { doorOf } from '../../packages/core/src/keyring/door-of.ts';
import { createIndexKey } from '../../packages/core/src/keyring/index-key.ts';
import { createStoreSecrets } from '../../packages/core/src/keys/create-store-secrets.ts';
import { deriveKey, type KeyKind } from '../../packages/core/src/keys/derive.ts';
import { createRootKey } from '../../packages/core/src/keys/root-key.ts';
import { closeKeyringsAfterEach, FIELD, lease, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

const engine = defaultEngine();
const random = defaultRandom();
const USES: readonly (readonly [KeyKind, string])[] = [
  ['root-key', 'wrap'],
  ['store-key', 'row-mac'],
  ['store-key', 'head-mac'],
  ['key-version', 'wrap'],
  ['key-version', 'api'],
];

/** Random bytes that remember every key that was drawn, and what is derived of it. */
function watchedRandom(): { readonly source: RandomSource; readonly secrets: Uint8Array[] } {
  const secrets: Uint8Array[] = [];
  const source: RandomSource = {
    generation: 0,
    reset: () => {},
    fill(target) {
      random.fill(target);
      if (target.length !== 32) return;
      const key = new Uint8Array(target);
      const cell = { use: 'cell', suite: Uint8Array.of(1), field: FIELD.fieldId };
      secrets.push(key, deriveKey(engine, 'data-key', key, cell));
      for (const [kind, use] of USES) secrets.push(deriveKey(engine, kind, key, { use }));
    },
  };
  return { source, secrets };
}

/** Forms in which bytes get into a log. */
function formsOf(secret: Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  const spaced = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  // inspect breaks long lists into lines of a few numbers
  const numbers = [...bytes].slice(0, 4).join(',');
  return [
    bytes.toString('hex'),
    spaced.slice(0, 40),
    bytes.toString('base64').slice(0, 40),
    bytes.toString('base64url').slice(0, 40),
    numbers,
  ];
}

/** Everything that a program can print of an object without asking its methods. */
function shown(object: object): string {
  const deep = { depth: 20, showHidden: true, maxArrayLength: null, breakLength: 1e9 };
  return [
    inspect(object, deep),
    inspect({ nested: [object] }, deep),
    inspect(object, { ...deep, customInspect: false, getters: true }),
    JSON.stringify(object),
    JSON.stringify({ nested: [object] }),
    Object.prototype.toString.call(object),
  ]
    .join('\n')
    .replaceAll(/,\s+/g, ',');
}

function expectRedacted(object: object, secrets: readonly Uint8Array[]): void {
  const text = shown(object);
  for (const secret of secrets) {
    for (const form of formsOf(secret)) expect(text.includes(form)).toBe(false);
  }
  expect(() => structuredClone(object)).toThrow(
    expect.objectContaining({ name: 'DataCloneError' }),
  );
}

describe('what can be printed or cloned', () => {
  it('of a keyring, its door, a lease and the keys in it shows no key', async () => {
    const { source, secrets } = watchedRandom();
    const options = { store: createMemoryStore(), roots: [memoryRoot()], environment: 'test' };
    const more = { development: true, createMissingAliases: true, random: source };
    const keyring = await openForTest({ ...options, ...more });
    const asked = { seal: [{ alias: 'alias/kyc', scope: {} }], index: [{ alias: 'alias/kyc' }] };
    const held = await lease(keyring, asked);
    const dataKey = held.sealing('alias/kyc', {});
    const cipher = dataKey.cipher(FIELD, 1);
    const indexKey = held.index('alias/kyc', undefined);
    // root key, store key, key version, data key, index key, with what is derived of each
    expect(secrets.length).toBeGreaterThanOrEqual(5 * (2 + USES.length));
    for (const object of [keyring, doorOf(keyring), held, dataKey, cipher, indexKey]) {
      expectRedacted(object, secrets);
    }
    expect(`${inspect(keyring)} ${JSON.stringify(keyring)} ${String(keyring)}`).toBe(
      '[Fieldseal Keyring] "[Fieldseal Keyring]" [Fieldseal Keyring]',
    );
    held.release();
  });

  it('of root key, store secrets and an entry of the cache shows no key', async () => {
    const key = new Uint8Array(32);
    random.fill(key);
    const id = 'i'.repeat(16);
    const facts = { id, keyId: 'k', keyVersion: 1, state: 'ACTIVE', createdAtMs: 0, scope: {} };
    const primitives = { engine, random, clock: systemClock };
    const place = { primitives, environment: 'test', key, facts, scope: {} };
    const [dataKey, indexKey] = [
      createDataKey(place),
      createIndexKey({ primitives, key, facts, scope: {} }),
    ];
    const cache = createKeyCache({
      maxEntries: 1,
      maxAgeMs: 1000,
      refreshAheadMs: 0,
      negativeMs: 0,
      clock: systemClock,
      load: async ([name = '']) =>
        new Map([[name, { name, fingerprint: 'f', open: () => dataKey }]]),
      destroy: (loaded) => loaded.destroy(),
    });
    const [entry] = await cache.fetch(['a']);
    const objects = [createRootKey(engine, key, 1), createStoreSecrets(engine, key)];
    const derived = USES.map(([kind, use]) => deriveKey(engine, kind, key, { use }));
    for (const object of [...objects, dataKey, indexKey, cache, entry as object]) {
      expectRedacted(object, [key, ...derived]);
    }
  });

  it('is found when a key is in it', () => {
    const key = new Uint8Array(32);
    random.fill(key);
    expect(() => expectRedacted({ key, run: () => {} }, [key])).toThrow();
    expect(() => expectRedacted({ key: Buffer.from(key), run: () => {} }, [key])).toThrow();
    expect(() => expectRedacted({ name: 'can be cloned' }, [key])).toThrow();
  });
});
