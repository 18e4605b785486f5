import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContextPairs } from '../bytes/context.ts';
import { latin1 } from '../bytes/latin1.ts';
import { ENGINES } from '../cipher/engines.fake.ts';
import { deriveKey, type KeyKind } from './derive.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);
const engines = fc.constantFrom(...ENGINES);

function derived(engine: (typeof ENGINES)[number], kind: KeyKind, info: ContextPairs): string {
  return latin1(deriveKey(engine, kind, KEY, info));
}

test('all engines derive the same key', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), (key, field) => {
    const info = { use: 'cell', field };
    const keys = ENGINES.map((engine) => latin1(deriveKey(engine, 'data-key', key, info)));
    expect(new Set(keys).size).toBe(1);
  });
  fc.assert(property, { numRuns: 100 });
});

test('two fields never share a key, and the two suites of a field never do', () => {
  const fieldId = fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/);
  const fields = fc.uniqueArray(fieldId, { minLength: 2, maxLength: 12 });
  const property = fc.property(engines, fields, (engine, names) => {
    const keys = names.flatMap((field) =>
      [1, 2].map((suite) =>
        derived(engine, 'data-key', { use: 'cell', suite: Uint8Array.of(suite), field }),
      ),
    );
    expect(new Set(keys).size).toBe(2 * names.length);
  });
  fc.assert(property, { numRuns: 100 });
});

test('one stored key gives other keys for each kind, use and index parameter', () => {
  const kinds: readonly KeyKind[] = [
    'root-key',
    'store-key',
    'key-version',
    'data-key',
    'index-key',
  ];
  const token = { use: 'token', index: 'a.b', kind: 'equality', normalizer: 'raw@1', params: '' };
  const infos: readonly ContextPairs[] = [
    { use: 'commit' },
    { use: 'id' },
    { use: 'wrap' },
    token,
    { ...token, index: 'a.c' },
    { ...token, kind: 'part' },
    { ...token, normalizer: 'digits@1' },
    { ...token, params: 'a' },
    { ...token, tenant: '' },
    { ...token, tenant: 't-1' },
  ];
  for (const engine of ENGINES) {
    const keys = kinds.flatMap((kind) => infos.map((info) => derived(engine, kind, info)));
    expect(new Set(keys).size).toBe(kinds.length * infos.length);
  }
});
