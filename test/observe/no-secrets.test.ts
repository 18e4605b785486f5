import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { createMemoryStore, FieldsealError } from '@fieldseal/core';
import { memoryRoot, testKeyring } from '@fieldseal/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OBSERVED_EVENTS } from '../../packages/core/src/observe/observed-event.ts';
import { cardsOf, NUMBER, TENANT } from './cards.ts';
import { type Sdk, startSdk } from './sdk.ts';

const MESSAGE = 'a message under the key';
const CONTEXT = 'context-of-asha';
const PRINCIPAL = 'user/asha-of-accounts';
const DRIVER = 'driver quotes its parameters';
const ENDS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];
const CHANNELS = Object.keys(OBSERVED_EVENTS).flatMap((name) =>
  ENDS.map((end) => `tracing:fieldseal:${name}:${end}`),
);

let sdk: Sdk;
const published: unknown[] = [];
const listen = (event: unknown): void => {
  published.push(inspect(event, { depth: 10, showHidden: true, maxStringLength: null }));
};

beforeEach(() => {
  sdk = startSdk();
  published.length = 0;
  for (const name of CHANNELS) subscribe(name, listen);
});

afterEach(async () => {
  for (const name of CHANNELS) unsubscribe(name, listen);
  await sdk.stop();
});

/** Forms in which something gets into text. */
function formsOf(secret: string | Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  const list = [...bytes].slice(0, 6);
  return [
    bytes.toString('utf8'),
    bytes.toString('latin1'),
    bytes.toString('hex'),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    list.join(', '),
    list.map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
  ];
}

/** Everything that left the process by a channel, a span or a metric. */
async function told(): Promise<string> {
  const spans = sdk.spans
    .getFinishedSpans()
    .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  return [...published, inspect(spans, { depth: 10 }), inspect(await sdk.collect(), { depth: 10 })]
    .map(String)
    .join('\n');
}

test('no value, token, cell, key, tenant, row or principal is in any event, span or metric', async () => {
  const store = createMemoryStore();
  const rootKey = new Uint8Array(32);
  const memory = memoryRoot();
  const root = {
    ...memory,
    async seal(key: Uint8Array, context: Parameters<typeof memory.seal>[1]) {
      rootKey.set(key);
      return memory.seal(key, context);
    },
  };
  await using keyring = await testKeyring({ store, roots: [root] });
  const cards = cardsOf(keyring);
  const secrets: (string | Uint8Array)[] = [NUMBER, '4111111111111234', TENANT, rootKey];
  await keyring.as(PRINCIPAL, async () => {
    await cards.seal();
    await cards.lookup();
    await cards.open(2);
    const { number, numberToken, id } = cards.row as Record<string, string>;
    secrets.push(number as string, numberToken as string, id as string, PRINCIPAL);
    const { keyId } = await keyring.createKey();
    const message = { KeyId: keyId, EncryptionContext: { person: CONTEXT } };
    const Plaintext = new TextEncoder().encode(MESSAGE);
    const { CiphertextBlob } = await keyring.kms.encrypt({ ...message, Plaintext });
    await keyring.kms.decrypt({ ...message, CiphertextBlob });
    const dataKey = await keyring.kms.generateDataKey({ ...message, KeySpec: 'AES_256' });
    secrets.push(MESSAGE, CONTEXT, CiphertextBlob, dataKey.Plaintext, dataKey.CiphertextBlob);
    await expect(keyring.kms.describeKey({ KeyId: NUMBER })).rejects.toThrow();
    await expect(keyring.kms.decrypt({ ...message, CiphertextBlob: Plaintext })).rejects.toThrow();
    cards.row.number = `${cards.row.number}A`;
    await cards.open().catch(() => {});
  });
  await keyring.rotateKey('alias/cards');
  const text = await told();
  for (const name of ['seal', 'open', 'load', 'unwrap', 'root', 'store', 'kms']) {
    expect(text).toContain(`fieldseal.${name}.duration`);
  }
  expect(published.length).toBeGreaterThan(50);
  const found = secrets.flatMap((secret, index) =>
    formsOf(secret)
      .filter((form) => text.includes(form))
      .map(() => index),
  );
  // positions only: what is found is not printed
  expect(found).toEqual([]);
});

test('what a driver throws is told by no name of its own', async () => {
  const store = createMemoryStore();
  await using keyring = await testKeyring({ store });
  const cards = cardsOf(keyring);
  await cards.seal();
  await keyring.close();
  const failing = {
    ...store,
    readControl: () => Promise.reject(new RangeError(DRIVER)),
  };
  await expect(testKeyring({ store: failing })).rejects.not.toBeInstanceOf(FieldsealError);
  const text = await told();
  expect(text).toContain('ERR_INTERNAL');
  expect(text).not.toContain(DRIVER);
  expect(text).not.toContain('RangeError');
});
