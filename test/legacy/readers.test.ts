import { randomBytes } from 'node:crypto';
import { encryptStringSync, generateKey } from '@47ng/cloak';
import type { LegacyReader } from '@fieldseal/core';
import { cloakReader, typeormEncryptedReader } from '@fieldseal/legacy';
import { EncryptionTransformer, JSONEncryptionTransformer } from 'typeorm-encrypted';
import { describe, expect, it, test } from 'vitest';

const TEXTS = ['', 'a', '4111 1111 1111 1111', 'हिन्दी 🙂', 'x'.repeat(5000)];
const config = { code: 'ERR_CONFIG_INVALID' };

/** Every text with one character changed, somewhere past the first. */
function edited(text: string): string {
  const at = text.length - 8;
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

describe('cloakReader', () => {
  const keys = [generateKey(), generateKey()] as const;
  const reader = cloakReader({ keys });

  test.each(keys)('opens what cloak has encrypted under each of its keys', (key) => {
    for (const text of TEXTS.filter((each) => each !== '')) {
      const value = encryptStringSync(text, key);
      expect(reader.recognises(value)).toBe(true);
      expect(reader.open(value)).toBe(text);
    }
  });

  it('does not open an edited value, one of another key, and what is cut', () => {
    const value = encryptStringSync('4111', keys[0]);
    const other = encryptStringSync('4111', generateKey());
    for (const wrong of [
      edited(value),
      other,
      value.slice(0, -8),
      'v1.aesgcm256.',
      'v1.aesgcm256.x.y.z',
    ])
      expect([wrong.length, reader.open(wrong)]).toEqual([wrong.length, undefined]);
  });

  it('leaves plaintext alone', () => {
    for (const text of ['4111', 'v1.', 'v2.aesgcm256.a.b.c'])
      expect(reader.recognises(text)).toBe(false);
  });

  it('refuses a key that is none, without showing it', () => {
    const make = () => cloakReader({ keys: ['k1.aesgcm256.short-secret'] });
    expect(make).toThrow(expect.objectContaining(config));
    expect(make).toThrow(expect.not.stringContaining('short-secret'));
  });
});

describe('typeormEncryptedReader', () => {
  const hex = (bytes: number) => randomBytes(bytes).toString('hex');
  const MODES = [
    ['aes-256-cbc', 32, 16, false],
    ['aes-128-cbc', 16, 16, false],
    ['aes-256-ctr', 32, 16, false],
    ['aes-256-gcm', 32, 16, true],
    ['aes-256-gcm', 32, 12, true],
  ] as const;

  describe.each(MODES)(
    'in %s with keys of %i and ivs of %i bytes',
    (algorithm, size, ivLength, safe) => {
      const key = hex(size);
      const options = { key, algorithm, ivLength };
      const transformer = new EncryptionTransformer(options);
      const reader = typeormEncryptedReader(options);

      it('opens what the library has encrypted', () => {
        for (const text of TEXTS) {
          const value = transformer.to(text) as unknown as string;
          expect(reader.recognises(value)).toBe(true);
          expect(reader.open(value)).toBe(text);
        }
      });

      it(`says whether the mode is authenticated`, () => {
        expect(reader.isAuthenticated).toBe(safe);
        expect(reader.name).toBe(`typeorm-encrypted ${algorithm}`);
      });

      if (safe) {
        it('does not open an edited value, or one of another key', () => {
          const value = transformer.to('4111 1111') as unknown as string;
          const other = typeormEncryptedReader({ ...options, key: hex(size) });
          expect([reader.open(edited(value)), other.open(value)]).toEqual([undefined, undefined]);
        });
      }
    },
  );

  it('opens JSON of its other transformer', () => {
    const options = { key: hex(32), algorithm: 'aes-256-gcm', ivLength: 12 };
    const stored = JSON.stringify(new JSONEncryptionTransformer(options).to({ a: [1] } as never));
    const reader: LegacyReader = typeormEncryptedReader({ ...options, json: true });
    expect(reader.recognises(stored)).toBe(true);
    expect(JSON.parse(reader.open(stored) ?? '')).toEqual({ a: [1] });
    for (const text of ['{"a":1}', '{"encrypted":1}', 'null', 'text'])
      expect([text, reader.open(text)]).toEqual([text, undefined]);
  });

  it('takes every text for a value, and opens none that is not', () => {
    const cbc = typeormEncryptedReader({ key: hex(32), algorithm: 'aes-256-cbc' });
    for (const text of ['', 'abc', '4111 1111', 'QUJD', `${'A'.repeat(44)}!`, 'A'.repeat(64)])
      expect([text, cbc.recognises(text), cbc.open(text)]).toEqual([text, true, undefined]);
  });

  it.each([
    ['an unknown algorithm', { key: hex(32), algorithm: 'aes-9' }],
    ['a key of another length', { key: hex(16), algorithm: 'aes-256-cbc' }],
    ['a key that is not hexadecimal', { key: 'z'.repeat(64), algorithm: 'aes-256-cbc' }],
  ])('refuses %s', (_name, options) => {
    expect(() => typeormEncryptedReader(options)).toThrow(expect.objectContaining(config));
  });
});
