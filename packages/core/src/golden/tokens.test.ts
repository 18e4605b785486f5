import { describe, expect, test } from 'vitest';
import { ENGINES, toHex } from '../cipher/engines.fake.ts';
import { createIndexTokens, type IndexTokens } from '../index/index-tokens.ts';
import { findNormalizer } from '../index/normalizer.ts';
import { PART_FUNCTIONS } from '../index/part-function.ts';
import { deriveKey } from '../keys/derive.ts';
import type { ManifestField, ManifestIndex } from '../manifest/manifest.ts';
import { applicationValue, GOLDEN, goldenBytes } from './golden-vectors.fake.ts';

type TokenVector = (typeof GOLDEN.tokens)[number];

function tokensOf(vector: TokenVector): IndexTokens {
  const index: ManifestIndex = {
    id: vector.index,
    kind: vector.kind,
    name: 'token',
    column: 'token',
    normalizer: vector.normalizer,
    ...(vector.kind === 'part' ? { part: 'last4' } : {}),
  };
  const field: ManifestField = {
    name: 'field',
    column: 'field',
    id: 'table.field',
    type: vector.type,
    storage: 'text',
    nullable: false,
    key: 'alias/test',
    bind: 'field',
    indexes: [index],
    ...(vector.tenant === null ? {} : { scope: 'tenantId' }),
  };
  const normalize = findNormalizer(vector.normalizer, new Map());
  if (normalize === undefined) throw new TypeError(`No normaliser ${vector.normalizer}`);
  const part = vector.kind === 'part' ? PART_FUNCTIONS.get('last4') : undefined;
  return createIndexTokens({ field, index, normalize, part });
}

describe.each(ENGINES)('tokens of format version 1, with $name', (engine) => {
  test.each(GOLDEN.tokens)('$index', (vector) => {
    const tokens = tokensOf(vector);
    const tokenKey = deriveKey(engine, 'index-key', goldenBytes('indexKey'), {
      use: 'token',
      index: vector.index,
      kind: vector.kind,
      normalizer: vector.normalizer,
      params: tokens.params,
      tenant: vector.tenant ?? undefined,
    });
    expect(toHex(tokenKey)).toBe(vector.tokenKey);
    expect(tokens.perTenant).toBe(vector.tenant !== null);
    const value = applicationValue(vector.type, vector.canonical);
    for (const message of [tokens.messageOf(value), tokens.messageOfPart(value)]) {
      const token = engine.hmac(tokenKey, message).subarray(0, tokens.bytes);
      expect(toHex(token)).toBe(vector.token);
    }
  });
});
