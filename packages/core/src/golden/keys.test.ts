import { describe, expect, test, vi } from 'vitest';
import { ENGINES, hex, toHex } from '../cipher/engines.fake.ts';
import { openBlob, readBlobHeader, sealBlob } from '../keys/api-blob.ts';
import { createStoreSecrets } from '../keys/create-store-secrets.ts';
import { deriveKey, type KeyKind } from '../keys/derive.ts';
import type { StoredRow } from '../keys/key-store.ts';
import { pinOf } from '../keys/pin.ts';
import { controlDigest } from '../keys/store-head.ts';
import { unwrapKey, wrapKey } from '../keys/wrap.ts';
import { dataKeyContext, keyIdBytes, keyVersionContext } from '../keys/wrap-context.ts';
import { bytesOf, GOLDEN, goldenBytes, replay } from './golden-vectors.fake.ts';

// the row of the vector has columns of each encoding, which no real table has all of
vi.mock('../keys/record-schema.ts', async (original) => {
  const real = await original<typeof import('../keys/record-schema.ts')>();
  const columns = { name: 'text', target: 'uuid', note: 'text', updated_at: 'timestamp' };
  return { ...real, CONTROL_TABLES: { ...real.CONTROL_TABLES, alias: { key: [], columns } } };
});

const KEY_ID = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';
const DERIVATIONS: readonly (readonly [string, KeyKind, string, string, 16 | 32])[] = [
  ['rootCommit', 'root-key', 'rootKey', 'commit', 32],
  ['rootWrap', 'root-key', 'rootKey', 'wrap', 32],
  ['storeCommit', 'store-key', 'storeKey', 'commit', 32],
  ['rowMacKey', 'store-key', 'storeKey', 'row-mac', 32],
  ['headMacKey', 'store-key', 'storeKey', 'head-mac', 32],
  ['pinBytes', 'store-key', 'storeKey', 'pin', 32],
  ['versionCommit', 'key-version', 'keyVersion', 'commit', 32],
  ['versionWrap', 'key-version', 'keyVersion', 'wrap', 32],
  ['versionApi', 'key-version', 'keyVersion', 'api', 32],
  ['versionMac', 'key-version', 'keyVersion', 'mac', 32],
  ['dataKeyId', 'data-key', 'dataKey', 'id', 16],
  ['indexKeyId', 'index-key', 'indexKey', 'id', 16],
];

describe.each(ENGINES)('keys of format version 1, with $name', (engine) => {
  test.each(DERIVATIONS)('%s is derived', (name, kind, key, use, length) => {
    const derived = deriveKey(engine, kind, goldenBytes(key), { use }, length);
    expect(toHex(derived)).toBe(GOLDEN.derive[name]);
  });

  test('no two derived keys are the same', () => {
    expect(new Set(DERIVATIONS.map(([name]) => GOLDEN.derive[name])).size).toBe(DERIVATIONS.length);
  });

  test('the pin is that of the vectors', () => {
    expect(pinOf(engine, goldenBytes('storeKey'))).toBe(GOLDEN.derive.pin);
    expect(createStoreSecrets(engine, goldenBytes('storeKey')).pin).toBe(GOLDEN.derive.pin);
  });

  const wraps = GOLDEN.wraps.map((vector) => {
    const place = {
      engine,
      wrappingKey: goldenBytes(vector.parent === 'rootKey' ? 'rootWrap' : 'versionWrap'),
      parentId: hex(vector.parentId),
      parentVersion: vector.parentVersion,
      context: Object.fromEntries(
        Object.entries(vector.context).map(([name, value]) => [name, bytesOf(value)]),
      ),
    };
    return { vector, place, child: goldenBytes(vector.child), name: vector.child };
  });

  test.each(wraps)('the wrap of $name is made and opens', ({ vector, place, child }) => {
    const wrapped = wrapKey({ ...place, random: replay(hex(vector.nonce)), key: child });
    expect(toHex(wrapped)).toBe(vector.wrap);
    expect(unwrapKey({ ...place, wrapped })).toEqual(child);
  });

  test('the contexts of wraps that the keyring asks for are those of the vectors', () => {
    const version = keyVersionContext({
      environment: 'test',
      keyId: KEY_ID,
      version: 1,
      usage: 'ENCRYPT_DECRYPT',
      origin: 'FIELDSEAL',
      commitment: goldenBytes('versionCommit'),
    });
    const id = goldenBytes('dataKeyId');
    const data = dataKeyContext({ environment: 'test', id, tenant: 't-1', subject: undefined });
    for (const [i, context] of [version, data].entries()) {
      const { vector, place, child } = wraps[i] as (typeof wraps)[number];
      expect(unwrapKey({ ...place, context, wrapped: hex(vector.wrap) })).toEqual(child);
    }
  });

  test.each(wraps)('the wrap of $name with any bit flipped does not open', ({ vector, place }) => {
    const wrapped = hex(vector.wrap);
    for (let bit = 0; bit < 8 * wrapped.length; bit++) {
      const flipped = new Uint8Array(wrapped);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(unwrapKey({ ...place, wrapped: flipped })).toBeNull();
    }
  });

  test.each(wraps)('the wrap of $name opens in no other context', ({ vector, place }) => {
    const wrapped = hex(vector.wrap);
    for (const name of Object.keys(place.context)) {
      const without = { ...place.context, [name]: undefined };
      expect(unwrapKey({ ...place, context: without, wrapped })).toBeNull();
      const other = { ...place.context, [name]: 'other' };
      expect(unwrapKey({ ...place, context: other, wrapped })).toBeNull();
    }
    const parentId = new Uint8Array(16);
    expect(unwrapKey({ ...place, parentId, wrapped })).toBeNull();
    expect(unwrapKey({ ...place, parentVersion: 2, wrapped })).toBeNull();
    expect(unwrapKey({ ...place, wrapped: wrapped.subarray(1) })).toBeNull();
  });

  const { apiBlob } = GOLDEN;
  const blobPlace = {
    engine,
    apiKey: goldenBytes('versionApi'),
    keyId: keyIdBytes(KEY_ID),
    keyVersion: 1,
    environment: apiBlob.env,
    encryptionContext: apiBlob.encryptionContext,
  };

  test('the API blob is made, names its key, and opens', () => {
    const random = replay(hex(apiBlob.nonce));
    const blob = sealBlob({ ...blobPlace, random, plaintext: hex(apiBlob.plaintext) });
    expect(toHex(blob)).toBe(apiBlob.blob);
    expect(readBlobHeader(blob)).toEqual({ keyId: keyIdBytes(KEY_ID), keyVersion: 1 });
    expect(toHex(openBlob({ ...blobPlace, blob }))).toBe(apiBlob.plaintext);
  });

  test('the API blob opens in no other context, under no wrapping key, and with no bit flipped', () => {
    const rejected = expect.objectContaining({ code: 'ERR_CIPHERTEXT_REJECTED' });
    const blob = hex(apiBlob.blob);
    const elsewhere = [
      { encryptionContext: { purpose: 'demo' } },
      { encryptionContext: { purpose: 'demo', ab: 'c' } },
      { environment: 'prod' },
      { keyVersion: 2 },
      { keyId: new Uint8Array(16) },
      { apiKey: goldenBytes('versionWrap') },
    ];
    for (const other of elsewhere) {
      expect(() => openBlob({ ...blobPlace, ...other, blob })).toThrow(rejected);
    }
    for (let bit = 0; bit < 8 * blob.length; bit++) {
      const flipped = new Uint8Array(blob);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => openBlob({ ...blobPlace, blob: flipped })).toThrow(rejected);
    }
  });

  test('the MAC of a row with text, uuid, NULL and a time is that of the vectors', () => {
    const secrets = createStoreSecrets(engine, goldenBytes('storeKey'));
    const row = secrets.sealRow('alias', {
      name: 'alias/aadhaar',
      target: KEY_ID,
      note: null,
      updated_at: 1_795_461_845_123_456n,
    });
    expect(toHex(row.rowMac)).toBe(GOLDEN.rowMac.mac);
    expect(secrets.verifyRow(row)).toBe(true);
    expect(secrets.verifyRow({ ...row, columns: { ...row.columns, note: '' } })).toBe(false);
  });

  test('the head is that of the vectors, whatever the order of the rows', () => {
    const { rowMacs, epoch, digest, mac } = GOLDEN.head;
    const rows = rowMacs.map((rowMac) => ({ rowMac: hex(rowMac) })) as unknown as StoredRow[];
    const secrets = createStoreSecrets(engine, goldenBytes('storeKey'));
    for (const order of [rows, rows.toReversed()]) {
      expect(toHex(controlDigest(engine, order))).toBe(digest);
      const head = secrets.sealHead(BigInt(epoch), order);
      expect([head.epoch, toHex(head.digest), toHex(head.mac)]).toEqual([7n, digest, mac]);
    }
  });
});
