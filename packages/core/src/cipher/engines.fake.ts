import { readFileSync } from 'node:fs';
import type { AeadKey, Engine } from './engine.ts';
import { createNobleEngine } from './noble-engine.ts';
import { createNodeEngine } from './node-engine.ts';
import { loadSodium } from './sodium.ts';

const sodium = loadSodium();

/** Every engine that this platform has: tests run all of them. */
export const ENGINES: readonly Engine[] = [
  createNobleEngine(),
  createNodeEngine(),
  ...(sodium === undefined ? [] : [createNodeEngine(sodium)]),
];

/** A file of published vectors. */
export function readVectors(name: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../../../../test/vectors/${name}`, import.meta.url), 'utf8'),
  );
}

export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Ciphertext and tag. */
export function sealed(
  key: AeadKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(plaintext.length + 16);
  key.seal(nonce, aad, plaintext, out);
  return out;
}

/** The plaintext, or `undefined` when the engine refuses. */
export function opened(
  key: AeadKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealedBytes: Uint8Array,
): Uint8Array | undefined {
  const out = new Uint8Array(Math.max(0, sealedBytes.length - 16));
  return key.open(nonce, aad, sealedBytes, out) ? out : undefined;
}
