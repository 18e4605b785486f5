import { createMemoryStore, type Keyring } from '@fieldseal/core';
import { memoryRoot, testKeyring } from '@fieldseal/testing';
import { expect, it } from 'vitest';
import { doorOf } from '../../packages/core/src/keyring/door-of.ts';

const SPEC = { fieldId: 'card.number', type: 'string', bound: false } as const;

async function seal(keyring: Keyring, value: string) {
  const request = { operation: 'test', seal: [{ alias: 'alias/kyc', scope: {} }] };
  const lease = await doorOf(keyring).lease(request);
  const key = lease.sealing('alias/kyc', {});
  const cell = key.cipher(SPEC, 1).sealText(value);
  lease.release();
  return { cell, id: key.id };
}

async function open(keyring: Keyring, { cell, id }: { cell: string; id: string }) {
  const lease = await doorOf(keyring).lease({ operation: 'test', open: [id] });
  const value = lease.opening(id)?.cipher(SPEC, 1).openText(cell);
  lease.release();
  return value;
}

async function twoProcesses() {
  const shared = { store: createMemoryStore(), roots: [memoryRoot()] };
  return [await testKeyring(shared), await testKeyring(shared)] as const;
}

it('a key that another process has just created opens at once', async () => {
  const [a, b] = await twoProcesses();
  expect(await open(b, await seal(a, 'new key'))).toBe('new key');
});

it('a key version that another process has just made opens at once', async () => {
  const [a, b] = await twoProcesses();
  expect(await open(b, await seal(a, 'before'))).toBe('before');
  await a.rotateKey('alias/kyc');
  expect(await open(b, await seal(a, 'after'))).toBe('after');
});
